// What to do about data sets that cannot be used.

import ImageData

extension DataError: Worded {
  var words: String {
    switch self {
    case .notGiven:
      "\(self); set data.train (or data.validation, data.manifest) to a folder of class folders, a "
        + "manifest (.csv) or an index"
    case .source(_, .archive):
      "\(self); extract it and give the folder, or a table of its files: archives and WebDataset shards "
        + "are not read"
    case .source(_, .workbook):
      "\(self); make a table of it with 'musiq-dist data import csv'"
    case .source(_, .text): "\(self); rename it if it is a table"
    case .source:
      "\(self); give a folder of class folders, a table (.csv) or an index of 'musiq-dist data index'"
    case .indivisible: "\(self); give folders and indices as data.train and data.validation"
    case .overlap:
      "\(self). What was learned by heart measures nothing: remove them from one of the sets, or set "
        + "data.overlap=allowed"
    case .unknownClasses(let mismatch) where mismatch.unknown != nil:
      "\(self); correct the names, or leave these images out with data.unknownClasses=leaveOut"
    case .unknownClasses(let mismatch) where mismatch.known != nil:
      "\(self); give the classes of the set the same names"
    case .unknownClasses:
      "\(self); name those of the model in the order of its outputs with model.score.names=[…]"
    case .index: "\(self); build it again with 'musiq-dist data index'"
    default: description
    }
  }
}
