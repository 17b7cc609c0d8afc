// How the tensors of a file fit the parameters of a model.

import Failures
import Tensors

/// A file whose parameters do not fit the model.
public struct ParametersDiffer: SharedFailure, Equatable {
  public let path: String
  /// What is wrong with each parameter, in words.
  public let parameters: [String]
  /// The first part of the name of the first of them, such as `head`.
  public let root: String

  public init(path: String, parameters: [String], root: String) {
    (self.path, self.parameters, self.root) = (path, parameters, root)
  }

  public var kind: FailureKind { .checkpoint }

  public var description: String {
    let rest = parameters.count > 5 ? "; and \(parameters.count - 5) more" : ""
    return "\(path): a checkpoint of another model: "
      + "\(parameters.prefix(5).joined(separator: "; "))\(rest)"
  }
}

/// A comparison by name and shape, before anything is read.
public struct LoadReport: Equatable, Sendable, CustomStringConvertible {
  public struct Mismatch: Equatable, Sendable {
    public let name: String
    public let expected: [Int]
    public let found: [Int]
  }

  /// Parameters whose values come from the file, in layout order.
  public private(set) var matched: [String] = []
  /// Parameters that the file does not have.
  public private(set) var missing: [String] = []
  /// Parameters that have another shape in the file.
  public private(set) var mismatched: [Mismatch] = []
  /// Tensors of the file that the model does not have.
  public let unexpected: [String]
  /// What lies beside the parameters in the file: optimizer state, statistics.
  public let ignored: [String]
  /// Tensors that are not stored as float32, with their type.
  public let converted: [(name: String, type: String)]

  public init(
    _ layout: ParameterLayout, found: [(name: String, shape: [Int])], unexpected: [String] = [],
    ignored: [String] = [], converted: [(name: String, type: String)] = []
  ) {
    var shapes: [String: [Int]] = [:]
    for (name, shape) in found { shapes[name] = shape }
    for entry in layout.entries {
      switch shapes.removeValue(forKey: entry.name) {
      case nil: missing.append(entry.name)
      case .some(entry.shape): matched.append(entry.name)
      case .some(let shape):
        mismatched.append(Mismatch(name: entry.name, expected: entry.shape, found: shape))
      }
    }
    self.unexpected = found.map(\.name).filter { shapes[$0] != nil } + unexpected
    self.ignored = ignored
    self.converted = converted
  }

  /// Missing and mismatched parameters that no name in `allowed` covers: a name covers itself and all
  /// below it, so `head` covers `head/kernel`.
  public func refusals(allowing allowed: [String]) -> [String] {
    (missing + mismatched.map(\.name)).filter { name in
      !allowed.contains { name == $0 || name.hasPrefix($0.hasSuffix("/") ? $0 : "\($0)/") }
    }
  }

  /// - Throws: `ParametersDiffer` if there are refusals.
  public func require(allowing allowed: [String], path: String) throws(ParametersDiffer) {
    let refused = refusals(allowing: allowed)
    guard !refused.isEmpty else { return }
    throw ParametersDiffer(
      path: path,
      parameters: refused.map { name in
        mismatched.first { $0.name == name }.map {
          "\(name) has the shape \($0.found), expected \($0.expected)"
        } ?? "\(name) is missing"
      },
      root: String(refused[0].prefix { $0 != "/" }))
  }

  /// Counts, then names: at most twenty of a kind.
  public var description: String {
    var lines = [
      "matched \(matched.count), missing \(missing.count), shape mismatches \(mismatched.count), "
        + "unexpected \(unexpected.count), ignored \(ignored.count)"
    ]
    func list(_ kind: String, _ names: [String]) {
      lines += names.prefix(20).map { "  \(kind) \($0)" }
      if names.count > 20 { lines.append("  … and \(names.count - 20) more \(kind)") }
    }
    list("missing", missing)
    list("mismatch", mismatched.map { "\($0.name): expected \($0.expected), found \($0.found)" })
    list("unexpected", unexpected)
    list("converted", converted.map { "\($0.name) from \($0.type)" })
    if let first = ignored.first {
      lines.append(
        "  ignored \(first)" + (ignored.count > 1 ? " … (\(ignored.count) in all)" : ""))
    }
    return lines.joined(separator: "\n")
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.matched == b.matched && a.missing == b.missing && a.mismatched == b.mismatched
      && a.unexpected == b.unexpected && a.ignored == b.ignored
      && a.converted.map(\.name) == b.converted.map(\.name)
  }
}
