// The wording of errors is part of the interface.

import ImageCodecs
import Testing

@Suite("ImageError wording") struct ImageErrorDescriptionTests {
  @Test(
    "each error says what, where and what to do",
    arguments: [
      (ImageError(.empty, path: "a.jpg"), "a.jpg: the file is empty; copy or download it again"),
      (
        ImageError(.unsupported(type: "a GIF", remedy: "convert it")),
        "this is a GIF, expected JPEG, PNG, WebP, TIFF, BMP or PPM; convert it"
      ),
      (
        ImageError(.unrecognized(firstBytes: [0x0A, 0xFF])),
        "expected JPEG, PNG, WebP, TIFF, BMP or PPM, found a file that begins with the bytes 0A FF; convert it, "
          + "or leave it out"
      ),
      (
        ImageError(.truncated(.bmp, detail: "3 of 9 bytes"), path: "x/y.bmp"),
        "x/y.bmp: the BMP file ends too early (3 of 9 bytes); copy or download it again"
      ),
      (
        ImageError(.damaged(.png, detail: "IDAT: CRC error")),
        "the PNG file is damaged (IDAT: CRC error); copy or download it again"
      ),
      (
        ImageError(.tooLarge(.png, width: 100_000, height: 3, limit: "65500 pixels a side")),
        "the PNG header declares 100000 × 3 pixels, at most 65500 pixels a side are allowed; shrink "
          + "the image, or raise the limit if you trust the file"
      ),
      (
        ImageError(.unreadable(detail: "Permission denied"), path: "z"),
        "z: cannot read the file: Permission denied"
      ),
      (
        ImageError(.unencodable(.jpeg, detail: "expected quality 1 to 100, found 0")),
        "cannot write the image as JPEG: expected quality 1 to 100, found 0"
      ),
    ])
  func wording(error: ImageError, expected: String) {
    #expect(error.description == expected)
  }
}
