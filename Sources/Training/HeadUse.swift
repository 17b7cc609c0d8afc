// Whether a head that another run has trained still answers the question of this one.

import Labels
import MUSIQ
import Tensors

/// What becomes of the head of the initial model.
struct HeadUse: Equatable, Sendable {
  let isKept: Bool
  /// For each output of the run that of the file; nil where the order is the same.
  let order: [Int]?
  /// What is not plain about it, for people; nil for nothing.
  let remark: String?
  /// Whether the remark is a warning.
  let isDoubtful: Bool

  /// No head of a file.
  static let reinitialized = HeadUse(isKept: false)

  init(isKept: Bool, order: [Int]? = nil, remark: String? = nil, isDoubtful: Bool = false) {
    (self.isKept, self.order, self.remark) = (isKept, order, remark)
    self.isDoubtful = isDoubtful
  }

  /// The head of a classifier for the classes `wanted`, which are as many outputs.
  ///
  /// Classes are the same by name, in any order. Where the file has no names, the head is kept on
  /// request only: as many classes are not the same ones.
  init(classes found: ClassNames, for wanted: [String], isRequested: Bool) {
    let match = ClassMatch(wanted, among: found)
    let order = match.places.compactMap { $0 }
    if match.basis == .numbers {
      let remark =
        found.names.isEmpty
        ? "its classes have no names" : "its classes are \(BriefList(found.names))"
      self.init(
        isKept: isRequested && order.count == wanted.count,
        order: match.isIdentity ? nil : order,
        remark: isRequested
          ? "\(remark): they are taken for those of the data by number; nothing proves that they are "
            + "the same" : remark,
        isDoubtful: isRequested)
    } else if order.count == wanted.count, wanted.count == found.names.count {
      self.init(
        isKept: true, order: match.isIdentity ? nil : order,
        remark: match.isIdentity ? nil : "its classes in the order of the data")
    } else {
      self.init(
        isKept: false,
        remark: "its classes are \(BriefList(found.names)), those of the data \(BriefList(wanted))")
    }
  }

  /// One line for people.
  var description: String {
    (isKept ? "head: kept" : "head: reinitialized, zeros") + (remark.map { ": \($0)" } ?? "")
  }

  /// Brings the outputs of a head that was read from the file into the order of the run.
  func apply(to parameters: ParameterStore) {
    guard isKept, let order else { return }
    for entry in parameters.layout.entries where entry.name.hasPrefix("head/") {
      let values = parameters[entry.name]
      let read = Array(values)
      let outputs = entry.shape.last ?? 0
      precondition(outputs >= order.count, "expected \(order.count) outputs, found \(outputs)")
      for row in stride(from: 0, to: read.count, by: max(outputs, 1)) {
        for (place, source) in order.enumerated() { values[row + place] = read[row + source] }
      }
    }
  }
}
