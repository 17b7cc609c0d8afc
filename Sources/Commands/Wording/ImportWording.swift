// What to do about labels and manifests that cannot be used, or not as they are.

import DatasetReaders
import Labels

extension ImportError: Worded {
  var words: String {
    switch self {
    case .noLabels(.spaq, _, _): "\(self); give another .xlsx or .csv with --labels"
    case .noLabels(.pipal, _, _): "\(self); give the folder or one of its files with --labels"
    case .noLabels(.pyiqa, _, _): "\(self); give the file with --labels"
    case .noLabels(.csv, _, _): "\(self); give it with --labels"
    case .noLabels: "\(self); give another file with --labels"
    case .severalLabels(_, _, let found):
      "\(self); choose one of \(found.joined(separator: ", ")) with --labels"
    case .wrongScale(let scale): scale.words(description)
    case .missingImages(_, let missing, let total, _) where missing == total:
      "\(self); give the folder of the images with --images"
    case .missingImages: "\(self); add them, or leave their rows out with --skip-missing"
    case .partlySplit: "\(self); choose another column with --split-column"
    case .noPaths: "\(self); if another column holds the paths, name it with --column path=…"
    case .splitExists(_, let columns) where columns.count == 1:
      "\(self); keep its split, or replace it with --replace"
    case .splitExists: "\(self); remove those that do not count, or replace them with --replace"
    case .emptySplit(_, _, _, _, let isGrouped):
      "\(self); use another --ratio\(isGrouped ? " or --group-by none" : "")"
    }
  }
}

extension WrongScale {
  /// The whole message, given that of the library.
  fileprivate func words(_ description: String) -> String {
    let diagnosis =
      kind != nil
      ? description : "mos looks like \(found), but --mos-range says \(ScaleGuard.text(expected))"
    let others =
      switch others {
      case .column(let name): "--mos-column \(name), or "
      case .file(let file, let column, let range):
        "the \(column) of \(file), which is \(ScaleGuard.text(range)), or "
      case nil: ""
      }
    let option =
      scale.map { "--mos-range \(ScaleGuard.text($0, ":"))" } ?? "--mos-range with its range"
    return "\(diagnosis): use \(others)\(option) if these are the scores you mean"
  }
}

extension ImportNotice {
  /// The whole message.
  public var words: String {
    switch self {
    case .images(let folder, let others) where !others.isEmpty:
      "images: \(folder) (also in \(others.joined(separator: ", ")); --images chooses)"
    case .uncheckedScale: "\(self); --mos-range lo:hi does it"
    case .noSplit(.koniq): "\(self), and 'musiq-dist data split' makes others"
    case .noSplit(.spaq): "\(self); 'musiq-dist data split --ratio 8:0:2' makes the usual ones"
    case .noSplit: "\(self); 'musiq-dist data split' makes one"
    case .numberedSplits: "\(self); --split-column makes one of them the column split"
    case .lowerIsBetter: "\(self); set model.score.lowerIsBetter: true"
    case .remark, .note, .warning, .images: description
    }
  }
}

extension ManifestContradiction {
  /// The whole message.
  public var words: String {
    switch self {
    case .dividedGroups: "\(self); split again with --group-by group"
    case .repeatedPaths: description
    case .severalNames: "\(self); keep one row of each, or give them one value of the column group"
    }
  }
}
