"""Writes the picture fixtures beside this file and expected.csv with what decoding them must give.

Needs numpy, Pillow and libturbojpeg.so.0 (for YCCK and arithmetic coding, which Pillow does not write).
"""
import csv, ctypes, io, os, struct, subprocess, sys, zlib
from pathlib import Path
import numpy as np
from PIL import Image

here = Path(__file__).parent
sys.path.insert(0, str(here.parent / "golden"))
import formulas

rows = []  # name, outcome, width, height, crc32 of the RGB bytes


def pixels(name, data, array):
    (here / name).write_bytes(data)
    array = np.ascontiguousarray(array, np.uint8)
    height, width = array.shape[:2]
    rows.append((name, "pixels", width, height, f"{zlib.crc32(array.tobytes()):08x}"))


def refused(name, data, outcome):
    (here / name).write_bytes(data)
    rows.append((name, outcome, 0, 0, ""))


def jpeg(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def rgb(data):
    """What Pillow decodes; gray replicated; ink by TensorFlow's formula (Adobe files store 255 - ink)."""
    image = Image.open(io.BytesIO(data))
    if image.mode == "CMYK":
        light = 255 - np.asarray(image).astype(int)
        return light[..., :3] * light[..., 3:] // 255
    return np.asarray(image.convert("RGB"))


def turbo(array, environment, cmyk):
    """TurboJPEG's encoder in a child process, because it reads its options from the environment."""
    code = """
import ctypes, sys, os
w, h, cmyk = map(int, sys.argv[1:])
data = sys.stdin.buffer.read()
t = ctypes.CDLL('libturbojpeg.so.0'); t.tjInitCompress.restype = ctypes.c_void_p
out = ctypes.POINTER(ctypes.c_ubyte)(); size = ctypes.c_ulong(0)
r = t.tjCompress2(ctypes.c_void_p(t.tjInitCompress()), data, w, 0, h, 11 if cmyk else 0, ctypes.byref(out), ctypes.byref(size), 2, 85, 4096)
assert r == 0
sys.stdout.buffer.write(ctypes.string_at(out, size.value))
"""
    height, width = array.shape[:2]
    run = subprocess.run([sys.executable, "-c", code, str(width), str(height), str(int(cmyk))], input=array.tobytes(),
                         stdout=subprocess.PIPE, check=True, env={**os.environ, **environment})
    return run.stdout


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, kind, lines, extra=b"", before=b"", interlace=0):
    raw = b"".join(b"\0" + line for line in lines)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace))
            + before + extra + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def packed(values, depth):
    """Rows of small integers as big-endian bit fields, padded to bytes."""
    bits = ((values[..., None] >> np.arange(depth - 1, -1, -1)) & 1).reshape(values.shape[0], -1)
    return [line.tobytes() for line in np.packbits(bits.astype(np.uint8), axis=1)]


def bmp(array, bits, top_down):
    height, width = array.shape[:2]
    data = b""
    for y in (range(height) if top_down else range(height - 1, -1, -1)):
        line = array[y, :, ::-1]
        if bits == 32:
            line = np.concatenate([line, np.full((width, 1), 9, np.uint8)], axis=1)
        data += line.tobytes() + b"\0" * (-line.size % 4)
    return (b"BM" + struct.pack("<IHHI", 54 + len(data), 0, 0, 54)
            + struct.pack("<IiiHHIIiiII", 40, width, -height if top_down else height, 1, bits, 0, len(data), 0, 0, 0, 0) + data)


base = formulas.image(29, 37, 1)
image = Image.fromarray(base)
large = formulas.image(131, 97, 2)

# JPEG that decodes.
for name, options in {
    "baseline": {}, "q30-422": dict(quality=30, subsampling="4:2:2"), "q95-444": dict(quality=95, subsampling="4:4:4"),
    "progressive": dict(progressive=True), "restart": dict(restart_marker_blocks=2), "optimized": dict(optimize=True),
}.items():
    data = jpeg(image, **options)
    pixels(f"{name}.jpg", data, rgb(data))
data = jpeg(image.convert("L"))
pixels("gray.jpg", data, rgb(data))
cmyk = np.dstack([base, 255 - base[..., 0] // 2])
data = jpeg(Image.frombytes("CMYK", (37, 29), cmyk.tobytes()))
pixels("cmyk.jpg", data, rgb(data))
data = turbo(cmyk, {}, True)
pixels("ycck.jpg", data, rgb(data))
data = turbo(base, {"TJ_ARITHMETIC": "1"}, False)
pixels("arithmetic.jpg", data, rgb(data))
exif = Image.Exif(); exif[0x0112] = 6
data = jpeg(image, exif=exif)
pixels("exif-orientation-6.jpg", data, rgb(data))
data = jpeg(Image.fromarray(large), quality=85)
pixels("garbage-after-end.jpg", data + b"garbage" * 9, rgb(data))
pixels("extraneous-bytes.jpg", data[:-2] + b"\x01\x02\x03" + data[-2:], rgb(data))
pixels("jpeg-named.png", data, rgb(data))
tall = formulas.image(4000, 1, 3)
data = jpeg(Image.fromarray(tall))
pixels("tall-1x4000.jpg", data, rgb(data))
data = jpeg(Image.fromarray(formulas.image(1, 1, 3)))
pixels("one-pixel.jpg", data, rgb(data))

# JPEG that does not.
data = jpeg(Image.fromarray(large), quality=85)
scan = data.index(b"\xff\xda")
for percent in (10, 50, 99):
    refused(f"truncated-{percent}.jpg", data[: len(data) * percent // 100], "truncated")
refused("truncated-in-image.jpg", data[: scan + (len(data) - scan) // 2], "truncated")
refused("no-end.jpg", data[:-2], "truncated")
progressive = jpeg(Image.fromarray(large), progressive=True)
refused("truncated-progressive.jpg", progressive[: len(progressive) * 7 // 10], "truncated")
broken = bytearray(data); broken[scan + 400:scan + 440] = b"\xff\0" * 20  # all ones is no Huffman code
refused("wrong-codes.jpg", bytes(broken), "damaged")
frame = data.index(b"\xff\xc0")
wide = bytearray(data); wide[frame + 5:frame + 9] = b"\xff\xdc\xff\xdc"
refused("declares-65500x65500.jpg", bytes(wide), "tooLarge")
refused("empty.jpg", b"", "empty")
refused("one-byte.jpg", b"\xff", "unrecognized")
refused("two-bytes.jpg", b"\xff\xd8", "unrecognized")
refused("page.jpg", b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n", "unsupported")
refused("text.jpg", b"hello\n", "unrecognized")
gif = io.BytesIO(); image.save(gif, "GIF")
refused("gif.jpg", gif.getvalue(), "unsupported")
refused("heic.jpg", b"\0\0\0\x18ftypheic" + bytes(24), "unsupported")

# JPEG that the library only warns of: harmless for every decoder, or picture data that was lost.
data = jpeg(Image.fromarray(large), quality=85)
scan = data.index(b"\xff\xda")
parameters = scan + 5 + 2 * data[scan + 4]
odd = bytearray(data); odd[parameters + 1] = 0  # spectral end 0 instead of 63, as some phones write
pixels("odd-spectral-end.jpg", bytes(odd), rgb(data))
for version in (b"\x00\x02", b"\x02\x01"):
    odd = bytearray(data); odd[11:13] = version
    pixels(f"jfif-{version[0]}.{version[1]:02d}.jpg", bytes(odd), rgb(data))
between = data.index(b"\xff\xdb")
pixels("bytes-between-segments.jpg", data[:between] + b"\0\0\0" + data[between:], rgb(data))
data = jpeg(Image.fromarray(large), quality=85, restart_marker_blocks=3)
scan = data.index(b"\xff\xda")
marks = [k for k in range(scan, len(data) - 1) if data[k] == 0xFF and 0xD0 <= data[k + 1] <= 0xD7]
pixels("restart-intervals.jpg", data, rgb(data))
noise = bytearray(data)
noise[marks[3] + 2:marks[4]] = bytes((k * 73 + 41) % 251 for k in range(marks[4] - marks[3] - 2))
refused("noise-in-restart-interval.jpg", bytes(noise), "damaged")
refused("lost-restart-marker.jpg", data[:marks[3]] + data[marks[3] + 2:], "damaged")
refused("lost-restart-interval.jpg", data[:marks[3]] + data[marks[4]:], "damaged")
refused("bytes-in-restart-interval.jpg", data[:marks[3]] + b"\x01\x02\x03" + data[marks[3]:], "damaged")

# PNG.
gray = base[..., 0].astype(int)
for depth in (1, 2, 4, 8):
    values = gray >> (8 - depth)
    level = values * 255 // (2 ** depth - 1)
    pixels(f"gray-{depth}.png", png(37, 29, depth, 0, packed(values, depth)), np.repeat(level[..., None], 3, 2))
deep = (base.astype(int) * 257 + np.arange(37)[None, :, None] * 5) % 65536
rounded = (deep + 128) // 257
pixels("gray-16.png", png(37, 29, 16, 0, [line.astype(">u2").tobytes() for line in deep[..., 0]]), np.repeat(rounded[..., :1], 3, 2))
pixels("rgb-16.png", png(37, 29, 16, 2, [line.astype(">u2").tobytes() for line in deep]), rounded)
lines = [line.tobytes() for line in base]
pixels("rgb-8.png", png(37, 29, 8, 2, lines), base)
gamma = chunk(b"gAMA", struct.pack(">I", 100000))
pixels("rgb-8-linear-gamma.png", png(37, 29, 8, 2, lines, before=gamma), base)
pixels("rgb-16-linear-gamma.png", png(37, 29, 16, 2, [line.astype(">u2").tobytes() for line in deep], before=gamma), rounded)
pixels("rgb-8-transparent-color.png", png(37, 29, 8, 2, lines, extra=chunk(b"tRNS", struct.pack(">HHH", *map(int, base[3, 4])))), base)
pixels("text-bomb.png", png(37, 29, 8, 2, lines, before=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 22)))), base)
alpha = formulas.image(29, 37, 5)[..., :1]; alpha[:, :9] = 0
rgba = np.concatenate([base, alpha], 2)
pixels("rgba-8.png", png(37, 29, 8, 6, [line.tobytes() for line in rgba]), base)
deep_alpha = np.concatenate([deep, alpha.astype(int) * 257], 2)
pixels("rgba-16.png", png(37, 29, 16, 6, [line.astype(">u2").tobytes() for line in deep_alpha]), rounded)
pixels("gray-alpha-8.png", png(37, 29, 8, 4, [line.tobytes() for line in np.concatenate([base[..., :1], alpha], 2)]), np.repeat(base[..., :1], 3, 2))
palette = formulas.image(1, 16, 6)[0]
indices = gray >> 4
pixels("palette-transparent.png", png(37, 29, 8, 3, packed(indices, 8), before=chunk(b"PLTE", palette.tobytes()), extra=chunk(b"tRNS", bytes(range(0, 160, 10)))), palette[indices])
pixels("palette-4.png", png(37, 29, 4, 3, packed(indices, 4), before=chunk(b"PLTE", palette.tobytes())), palette[indices])
passes = []
for y0, x0, dy, dx in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)):
    passes += [line.tobytes() for line in base[y0::dy, x0::dx]]
pixels("interlaced.png", png(37, 29, 8, 2, passes, interlace=1), base)
data = png(37, 29, 8, 2, lines)
pixels("png-named.jpg", data, base)
refused("truncated-50.png", data[: len(data) // 2], "truncated")
refused("no-end.png", data[:-12], "truncated")
refused("header-only.png", data[:33], "truncated")
refused("wrong-checksum.png", data[:-20] + bytes([data[-20] ^ 1]) + data[-19:], "damaged")
refused("too-few-lines.png", png(37, 29, 8, 2, lines[:11]), "damaged")
refused("declares-100000x100000.png", png(100000, 100000, 8, 2, lines), "tooLarge")
refused("declares-20000x20000.png", png(20000, 20000, 8, 2, lines), "tooLarge")
refused("declares-0x0.png", png(0, 0, 8, 2, lines), "damaged")

# WebP.
def saved(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


data = saved(image, "WEBP", quality=80)
pixels("lossy.webp", data, rgb(data))
pixels("lossless.webp", saved(image, "WEBP", lossless=True), base)
pixels("transparent.webp", saved(Image.fromarray(rgba), "WEBP", lossless=True, exact=True), base)
pixels("webp-named.jpg", saved(image, "WEBP", lossless=True), base)
refused("truncated-50.webp", data[: len(data) // 2], "truncated")
refused("header-only.webp", b"RIFF\x24\0\0\0WEBPVP8 " + bytes(24), "damaged")
refused("animated.webp", saved(image, "WEBP", save_all=True, append_images=[Image.fromarray(255 - base)], duration=100), "unsupported")

# TIFF.
for name, options in {"plain": {}, "lzw": dict(compression="tiff_lzw"), "deflate": dict(compression="tiff_adobe_deflate")}.items():
    pixels(f"{name}.tif", saved(image, "TIFF", **options), base)
data = saved(image, "TIFF", compression="jpeg", quality=90)
pixels("jpeg.tif", data, rgb(data))
pixels("gray.tif", saved(Image.fromarray(base[..., 0]), "TIFF"), np.repeat(base[..., :1], 3, 2))
pixels("palette.tif", saved(image.quantize(16), "TIFF"), np.asarray(image.quantize(16).convert("RGB")))
pixels("alpha.tif", saved(Image.fromarray(rgba), "TIFF"), base)


def tiff(order, tags, strip):
    """A file of one strip; every value of a tag is a short, but for offsets and counts of strips."""
    entries, rest = b"", b""
    for tag, values in sorted(tags.items()):
        kind = "I" if tag in (273, 279) else "H"
        body = struct.pack(order + kind * len(values), *values)
        if len(body) > 4:
            body, more = struct.pack(order + "I", 8 + 2 + 12 * len(tags) + 4 + len(rest)), body
            rest += more
        entries += struct.pack(order + "HHI", tag, 4 if kind == "I" else 3, len(values)) + body.ljust(4, b"\0")
    start = 8 + 2 + 12 * len(tags) + 4 + len(rest)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(tags))
    return (head + entries + bytes(4) + rest + strip).replace(struct.pack(order + "I", 0xABCDABCD), struct.pack(order + "I", start))


def tags(depth, channels, size, **more):
    known = {256: [37], 257: [29], 258: [depth] * channels, 259: [1], 262: [2 if channels > 1 else 1], 273: [0xABCDABCD],
             277: [channels], 278: [29], 279: [size]}
    return {**known, **{int(k[1:]): v for k, v in more.items()}}


strip = deep.astype(">u2").tobytes()
pixels("rgb-16-big-endian.tif", tiff(">", tags(16, 3, len(strip)), strip), rounded)
data = tiff("<", tags(8, 3, base.size), base.tobytes())
pixels("little-endian.tif", data, base)
refused("truncated-50.tif", data[: len(data) // 2], "damaged")
refused("preview.tif", tiff("<", {**tags(8, 3, base.size), 254: [1]}, base.tobytes()), "unsupported")
refused("declares-65000x65000.tif", tiff("<", {**tags(8, 3, base.size), 256: [65000], 257: [65000]}, base.tobytes()), "tooLarge")
refused("header-only.tif", b"II*\0\x08\0\0\0", "truncated")

# BMP and PPM.
pixels("24.bmp", bmp(base, 24, False), base)
pixels("32.bmp", bmp(base, 32, False), base)
pixels("24-top-down.bmp", bmp(base, 24, True), base)
buffer = io.BytesIO(); image.convert("L").save(buffer, "BMP")
pixels("8.bmp", buffer.getvalue(), np.repeat(np.asarray(image.convert("L"))[..., None], 3, 2))
refused("truncated.bmp", bmp(base, 24, False)[:-5], "truncated")
pixels("color.ppm", b"P6\n# a comment\n37 29\n255\n" + base.tobytes(), base)
pixels("gray.pgm", b"P5 37 29 255\n" + base[..., 0].tobytes(), np.repeat(base[..., :1], 3, 2))
pixels("deep.ppm", b"P6 37 29 65535\n" + deep.astype(">u2").tobytes(), rounded)
refused("truncated.ppm", b"P6 37 29 255\n" + base.tobytes()[:-1], "truncated")
refused("plain.ppm", b"P3 1 1 255\n1 2 3\n", "unsupported")

with open(here / "expected.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("name", "outcome", "width", "height", "crc32"))
    writer.writerows(rows)
