import DatasetReaders
import Testing

import Commands

@Suite struct ImportWordingTests {
  @Test(
    "labels that are not there are asked for by --labels",
    arguments: [
      (DatasetKind.koniq, "give another file with --labels"),
      (.spaq, "give another .xlsx or .csv with --labels"),
      (.pipal, "give the folder or one of its files with --labels"),
      (.pyiqa, "give the file with --labels"), (.csv, "give it with --labels"),
    ])
  func labels(kind: DatasetKind, remedy: String) {
    let error = ImportError.noLabels(of: kind, root: "set", expected: ["a.csv", "b.csv"])
    #expect(words(for: error) == "no labels in 'set': expected a.csv or b.csv; \(remedy)")
  }

  @Test("a choice among label files names them")
  func choice() {
    let error = ImportError.severalLabels(
      root: "set", expected: "meta_info_*.csv", found: ["a.csv", "b.csv"])
    #expect(
      words(for: error)
        == "no labels in 'set': expected one meta_info_*.csv; choose one of a.csv, b.csv with --labels"
    )
  }

  @Test("a wrong scale is answered with other scores or with the range")
  func scale() {
    var scale = WrongScale(
      found: "1-5 (min 1.7, max 4.3)", scale: 1...5, expected: 0...100, kind: .koniq,
      others: .column("MOS_zscore"))
    #expect(
      words(for: ImportError.wrongScale(scale))
        == "mos looks like 1-5 (min 1.7, max 4.3), but koniq has 0-100: use --mos-column "
        + "MOS_zscore, or --mos-range 1:5 if these are the scores you mean")
    scale.kind = nil
    scale.scale = nil
    scale.others = .file("a.csv", column: "MOS", range: 0...100)
    #expect(
      words(for: ImportError.wrongScale(scale))
        == "mos looks like 1-5 (min 1.7, max 4.3), but --mos-range says 0-100: use the MOS of a.csv, "
        + "which is 0-100, or --mos-range with its range if these are the scores you mean")
    scale.others = nil
    #expect(words(for: ImportError.wrongScale(scale)).contains("0-100: use --mos-range with its"))
  }

  @Test("rows that cannot be used are answered with the option that leaves them out or finds them")
  func rows() {
    func missing(_ count: Int) -> String {
      words(
        for: ImportError.missingImages(
          folder: "set", missing: count, total: 2, examples: ["a.jpg"]))
    }
    #expect(
      missing(1)
        == "1 of 2 images are not in 'set': a.jpg; add them, or leave their rows out with "
        + "--skip-missing")
    #expect(
      missing(2)
        == "2 of 2 images are not in 'set': a.jpg, …; give the folder of the images with --images")
    #expect(
      words(for: ImportError.partlySplit(path: "a.csv", count: 1, total: 2, first: "b.jpg"))
        == "a.csv: 1 of 2 rows belong to no part, the first is 'b.jpg'; choose another column with "
        + "--split-column")
  }

  @Test("an empty split is answered with another ratio, or without groups")
  func emptySplit() {
    func message(isGrouped: Bool) -> String {
      words(
        for: ImportError.emptySplit(
          path: "a.csv", column: "split", split: .test, reason: "1 group is too few",
          isGrouped: isGrouped))
    }
    let text = "a.csv: 1 group is too few: test of split would be empty; use another --ratio"
    #expect(message(isGrouped: false) == text)
    #expect(message(isGrouped: true) == "\(text) or --group-by none")
  }

  @Test(
    "notices name the option that chooses otherwise",
    arguments: [
      (
        ImportNotice.images(folder: "set/a", others: ["b", "c"]),
        "images: set/a (also in b, c; --images chooses)"
      ), (.images(folder: "set/a", others: []), "images: set/a"),
      (.uncheckedScale, "note: the scale is not checked; --mos-range lo:hi does it"),
      (
        .noSplit(.koniq),
        "note: this file has no split; koniq10k_distributions_sets.csv has the official one, and "
          + "'musiq-dist data split' makes others"
      ),
      (
        .noSplit(.spaq),
        "note: SPAQ has no official split; 'musiq-dist data split --ratio 8:0:2' makes the usual ones"
      ),
      (
        .noSplit(.ava),
        "note: no generic_test.jpgl: no column split; 'musiq-dist data split' makes one"
      ),
      (
        .numberedSplits(count: 3, first: "s_01"),
        "note: 3 numbered splits such as s_01 are kept; --split-column makes one of them the column "
          + "split"
      ),
      (
        .lowerIsBetter,
        "warning: lower is better in this set; set model.score.lowerIsBetter: true"
      ), (.warning("a"), "warning: a"),
    ])
  func notices(notice: ImportNotice, text: String) {
    #expect(notice.words == text)
  }

  @Test("groups in several splits are answered with another split")
  func contradictions() {
    #expect(
      ManifestContradiction.dividedGroups(["x"], column: "split").words
        == "1 groups are in several parts of split: x; split again with --group-by group")
    #expect(
      ManifestContradiction.repeatedPaths(["a"]).words == "1 paths are there more than once: a")
    #expect(
      ManifestContradiction.severalNames([["a", "b"]]).words
        == "1 files are there under several names: a = b; keep one row of each, or give them one value "
        + "of the column group")
  }

  @Test("a table of other columns is answered with their names")
  func noPaths() {
    #expect(
      words(for: ImportError.noPaths(path: "m.csv", found: "bild, note"))
        == "m.csv:1: expected a column 'path', found bild, note; if another column holds the paths, name "
        + "it with --column path=…")
  }

  @Test("a split that is there is kept, or replaced by name")
  func existingSplit() {
    #expect(
      words(for: ImportError.splitExists(path: "m.csv", columns: ["Split"]))
        == "m.csv is split already: it has the column 'Split'; keep its split, or replace it with "
        + "--replace")
  }
}
