"""Label files with the headers of the public IQA sets and invented rows; see README.md.

    pip install openpyxl==3.1.5 XlsxWriter==3.3.1
    python3 generate.py
"""

import datetime
import os
import zipfile

import openpyxl
import xlsxwriter

COUNT = 12


def write(path, lines):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", newline="") as file:
        file.write("\n".join(lines) + "\n")


def ratings(row, levels, votes):
    """Counts of the levels: votes around a level that grows with the row."""
    centre = 1 + (levels - 1) * row / (COUNT - 1)
    weights = [1 / (1 + (level - centre) ** 2) for level in range(1, levels + 1)]
    counts = [int(votes * weight / sum(weights)) for weight in weights]
    counts[round(centre) - 1] += votes - sum(counts)
    return counts


def mean(counts):
    return sum(level * count for level, count in enumerate(counts, 1)) / sum(counts)


def deviation(counts):
    centre = mean(counts)
    square = sum((level - centre) ** 2 * count for level, count in enumerate(counts, 1))
    return (square / sum(counts)) ** 0.5


def koniq():
    sets = ["image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,set"]
    scores = ['"image_name","c1","c2","c3","c4","c5","c_total","MOS","SD","MOS_zscore"']
    indicators = ["image_id,brightness,contrast,colorfulness,sharpness,quality_factor,bitrate,hxw,deep_feature"]
    for row in range(COUNT):
        counts = ratings(row, 5, 105)
        zscore = 4 + 7 * row + row * row / 100
        part = "training" if row < 8 else "validation" if row < 9 else "test"
        shares = ",".join(f"{count / 105:.6f}" for count in counts)
        numbers = ",".join(map(str, counts))
        name = f"{10004473376 + 31 * row}.jpg"
        sets.append(f"{name},{shares},105,{zscore:.4f},{deviation(counts):.4f},{part}")
        scores.append(f'"{name}",{numbers},105,{mean(counts):.4f},{deviation(counts):.4f},{zscore:.4f}')
        indicators.append(f"{name[:-4]},0.{row + 10},0.2,0.3,0.4,{90 + row % 5},1.5,786432,0.{row + 50}")
    write("koniq/koniq10k_distributions_sets.csv", sets)
    write("koniq/koniq10k_scores_and_distributions.csv", scores)
    write("koniq/koniq10k_indicators.csv", indicators)


SPAQ_HEADER = ["Image name", "MOS", "Brightness", "Colorfulness", "Contrast", "Noisiness", "Sharpness"]


def spaq_row(row):
    return [f"{row + 1:05d}.jpg", round(8 + 7.33 * row, 2)] + [round(20 + 5.1 * row + column, 2) for column in range(5)]


def spaq():
    os.makedirs("spaq/Annotations", exist_ok=True)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(SPAQ_HEADER)
    for row in range(COUNT):
        sheet.append(spaq_row(row))
    book.create_sheet("Notes").append(["not read"])
    book.save("spaq/Annotations/MOS and Image attribute scores.xlsx")

    book = openpyxl.Workbook()
    scenes = ["Animal", "Cityscape", "Human", "Indoor scene", "Landscape", "Night scene", "Plant", "Still-life", "Others"]
    book.active.append(["Image name"] + scenes)
    for row in range(COUNT):
        book.active.append([f"{row + 1:05d}.jpg"] + [1 if column == row % 9 else 0 for column in range(9)])
    book.save("spaq/Annotations/Scene category labels.xlsx")


def shared():
    """The scores by XlsxWriter: shared strings, and text in several runs."""
    date = datetime.datetime(2020, 1, 1)
    book = xlsxwriter.Workbook("spaq/shared.xlsx")
    book.set_properties({"created": date})
    sheet = book.add_worksheet("MOS")
    sheet.write_row(0, 0, SPAQ_HEADER)
    for row in range(COUNT):
        sheet.write_row(row + 1, 0, spaq_row(row))
    sheet.write_rich_string(0, 7, "Re", book.add_format({"bold": True}), "mark")
    book.close()


def inline():
    """A sheet as other programs write it: inline strings, every element with a prefix, no references
    where no cell is missing, gaps, an empty row, a rich string, comments, the parts in another order."""

    def text(value):
        return f'<x:c t="inlineStr"><x:is><x:t>{value}</x:t></x:is></x:c>'

    rows = ["<x:row>" + "".join(text(name) for name in SPAQ_HEADER) + text("Remark") + "</x:row>"]
    for row in range(COUNT):
        name, *numbers = spaq_row(row)
        cells = text(name) + "".join(f"<x:c><x:v>{number!r}</x:v></x:c>" for number in numbers)
        if row == 3:  # the remark alone after a gap
            cells += '<x:c r="H5" t="inlineStr"><x:is><x:r><x:t>a &amp; </x:t></x:r><x:r><x:t>b</x:t></x:r></x:is></x:c>'
        rows.append("<x:row>" + cells + "</x:row>")
    rows.insert(3, "<x:row><!-- empty --></x:row>")
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    parts = {
        "xl/worksheets/first.xml": f'<x:worksheet xmlns:x="{main}"><x:sheetData>{"".join(rows)}</x:sheetData></x:worksheet>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="rX" '
        f'Type="{office}/worksheet" Target="/xl/worksheets/first.xml"/></Relationships>',
        "xl/workbook.xml": f'<x:workbook xmlns:x="{main}" xmlns:r="{office}"><x:sheets>'
        '<x:sheet name="one" sheetId="1" r:id="rX"/></x:sheets></x:workbook>',
    }
    with zipfile.ZipFile("spaq/inline.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), head + body)


def paq2piq():
    names = [f"voc_emotic_ava/JPEGImages__2010_00{1829 + row}.jpg" for row in range(COUNT)]
    names[1] = "voc_emotic_ava/AVA__a=b<c.jpg"
    names[2] = "blur_dataset/motion0091.jpg"
    names[3] = "EE371R/cj23478+019.jpg"
    scores = [round(30 + 5.0131 * row, 4) for row in range(COUNT)]
    scores[2] = 0.0
    write("paq2piq/labels_image.csv", ["name,mos"] + [f"{n},{s}" for n, s in zip(names, scores)])
    patches = ["name,mos"]
    for name, score in list(zip(names, scores))[:4]:
        patches += [f"patches/{name[:-4]}_patch_{patch}.jpg,{score + patch}" for patch in (1, 2, 3)]
    write("paq2piq/labels_patch.csv", patches)
    box = ["width", "height", "top", "left", "bottom", "right"]
    header = ["mos_patch_1", "name_patch"] + [f"{side}_patch_1" for side in box]
    for patch in (2, 3):
        header += [f"mos_patch_{patch}"] + [f"{side}_patch_{patch}" for side in box]
    header += ["mos_image", "name_image"] + [f"{side}_image" for side in box]
    assert len(header) == 30
    large = [",".join(header)]
    for row in (9, 10, 11):
        patch = ["200", "180", "10", "20", "190", "220"]
        cells = [str(scores[row] - 1), f"patches/{names[row][:-4]}_patch_1.jpg"] + patch
        cells += [str(scores[row] - 2)] + patch + [str(scores[row] - 3)] + patch
        cells += [str(scores[row]), names[row], "800", "600", "0", "0", "600", "800"]
        large.append(",".join(cells))
    write("paq2piq/labels640.csv", large)
    write(
        "paq2piq/labels=640_padded.csv",
        ["name_image,mos_image,is_valid"]
        + [f"{names[row].split('/')[-1]},{scores[row]},{row in (7, 8)}" for row in range(9)],
    )


def ava():
    lines = []
    for row in range(COUNT):
        counts = ratings(row, 10, 120 + row)
        lines.append(f"{row + 1} {953619 + row} {' '.join(map(str, counts))} 1 {22 if row % 2 else 0} 1396")
    lines[0] = "1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396"  # the first line of the real file
    write("ava/AVA.txt", lines)
    write("ava/aesthetics_image_lists/generic_test.jpgl", ["953620", "953625", "953630"])
    write("ava/aesthetics_image_lists/generic_ls_train.jpgl", ["953619", "953621", "953622"])
    write("ava/aesthetics_image_lists/generic_ss_train.jpgl", ["953623"])


def pyiqa():
    ratio = [f"ratio802_seed123_split_{split:02d}" for split in range(1, 4)]
    plain = ["img_name,mos,std,official_split," + ",".join(ratio)]
    for row in range(COUNT):
        parts = ",".join("train" if (row + split) % 5 else "test" for split in range(3))
        plain.append(f"{10004473376 + 31 * row}.jpg,{4 + 7 * row}.5,0.5,{'train' if row < 8 else 'val' if row < 9 else 'test'},{parts}")
    write("pyiqa/meta_info_KonIQ10kDataset.csv", plain)
    paired = ["ref_name,dist_name,dmos,std,split," + ",".join(ratio)]
    for row in range(COUNT):
        parts = ",".join("0" if (row // 4 + split) % 3 else "2" for split in range(3))
        paired.append(f"I{row // 4 + 1:02d}.png,images/I{row // 4 + 1:02d}_01_{row % 4 + 1:02d}.png,{1.2 + row / 3.2:.2f},0.6,,{parts}")
    write("pyiqa/meta_info_KADID10kDataset.csv", paired)
    header = "img_name,MOS," + ",".join(f"c{level}" for level in range(1, 11))
    ratings_ = [header + ",semantic_tag1,semantic_tag2,official split,ILGnet_split"]
    for row in range(COUNT):
        counts = ratings(row, 10, 120 + row)
        ratings_.append(f"{953619 + row}.jpg,{mean(counts):.6f},{','.join(map(str, counts))},1,22,{2 if row % 4 == 1 else 0},{row % 2}")
    write("pyiqa/meta_info_AVADataset.csv", ratings_)


def references():
    write(
        "kadid/dmos.csv",
        ["dist_img,ref_img,dmos,var"]
        + [f"I{row // 4 + 1:02d}_01_{row % 4 + 1:02d}.png,I{row // 4 + 1:02d}.png,{1.2 + row / 3.2:.2f},0.{row + 25}" for row in range(COUNT)],
    )
    write(
        "tid2013/mos_with_names.txt",
        [f"{0.3 + row * 0.6:.5f} {'I' if row % 2 else 'i'}{row // 4 + 1:02d}_01_{row % 4 + 1}.bmp" for row in range(COUNT)],
    )
    for part in range(2):
        write(
            f"pipal/Train_Label/A{part:04d}.txt",
            [f"A{part:04d}_00_{row:02d}.bmp,{1000.5 + 90 * row}" for row in range(COUNT // 2)],
        )


os.chdir(os.path.dirname(os.path.abspath(__file__)))
koniq()
spaq()
shared()
inline()
paq2piq()
ava()
pyiqa()
references()
