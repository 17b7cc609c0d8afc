// The contents of a checkpoint file without the numbers: state, names, shapes, checksums.
//
//   /parameters/<official name>           float32, attributes crc32c and position
//   /optimizer/<moment>/<official name>   the same
//   attributes of the root                the state, and manifest_crc32c over all of this
//
// Version 1 had no attributes training_….

import Files
import HDF5
import Tensors

/// A tensor of a checkpoint file.
public struct CheckpointTensor: Equatable, Sendable {
  /// `parameters` or `optimizer/<moment>`.
  public let group: String
  /// Official name of the parameter.
  public let name: String
  public let shape: [Int]
  /// CRC-32C of all values as little-endian float32.
  public let crc: UInt32
  /// Path in the file.
  public var path: String { "\(group)/\(name)" }
  public var count: Int { shape.reduce(1, *) }
}

/// State and tensors of one file, the parameters in layout order, then the moments by name.
struct CheckpointTable: Equatable {
  static let formatVersion = 2
  /// The oldest version that can be read.
  static let oldestVersion = 1
  /// Tensors per group at most; MUSIQ has fewer than 300.
  static let tensorLimit = 20_000

  var state: CheckpointState
  var moments: [String]
  var tensors: [CheckpointTensor]
  /// Of the file.
  var version = formatVersion

  /// CRC-32C over everything in this table. It notices what checksums of single tensors cannot:
  /// renamed, swapped, missing and added ones.
  var manifestCRC: UInt32 {
    var text = "\(version) \(state.step) \(state.epoch) \(state.cursor) \(state.seed) "
    text += "\(state.optimizerStep) \(state.worldSize)\n"
    for part in [state.configuration, state.program, state.optimizerKind, state.createdAt] {
      text += "\(part.utf8.count) \(part)\n"
    }
    if version > 1 {
      let training = state.training
      text += "\(training?.count ?? -1) \(training?.listing ?? "") \(training?.lengths ?? "") "
      text += "\(training?.contents ?? "")\n"
    }
    text += moments.joined(separator: ",") + "\n"
    // Files without a figure have the sum that they always had.
    if let figure = state.validation {
      text += "\(figure.name) \(figure.value.bitPattern) \(figure.loss.bitPattern)\n"
    }
    for tensor in tensors {
      text += "\(tensor.crc) \(StateDigest.header(name: tensor.path, shape: tensor.shape))"
    }
    return CRC32C.checksum(text)
  }

  /// Writes the attributes of the root.
  /// - Collective: for a parallel file.
  func write(to file: borrowing File) throws {
    try file.setAttribute("format", "musiq-dist checkpoint")
    try file.setAttribute("format_version", Self.formatVersion)
    try file.setAttribute("step", state.step)
    try file.setAttribute("epoch", state.epoch)
    try file.setAttribute("cursor", state.cursor)
    try file.setAttribute("seed", state.seed)
    try file.setAttribute("optimizer_step", state.optimizerStep)
    try file.setAttribute("world_size", state.worldSize)
    try file.setAttribute("optimizer_kind", state.optimizerKind)
    try file.setAttribute("moments", moments.joined(separator: ","))
    try file.setAttribute("program", state.program)
    try file.setAttribute("hdf5_version", HDF5Library.version)
    try file.setAttribute("created_at", state.createdAt)
    try file.setAttribute("configuration", state.configuration)
    if let figure = state.validation {
      try file.setAttribute("validation_name", figure.name)
      try file.setAttribute("validation_value", figure.value)
      try file.setAttribute("validation_loss", figure.loss)
    }
    try file.setAttribute("training_count", state.training?.count ?? -1)
    try file.setAttribute("training_listing", state.training?.listing ?? "")
    try file.setAttribute("training_lengths", state.training?.lengths ?? "")
    try file.setAttribute("training_contents", state.training?.contents ?? "")
    try file.setAttribute("manifest_crc32c", manifestCRC)
  }

  /// Reads and checks the table of `file`; no tensor is read.
  /// - Throws: `CheckpointError` of kind `unreadable`.
  init(reading file: borrowing File, at path: String) throws(CheckpointError) {
    do {
      self = try Self.read(file, path)
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(.unreadable, path: path, reason: "\(error)")
    }
  }

  init(
    state: CheckpointState, moments: [String], tensors: [CheckpointTensor],
    version: Int = formatVersion
  ) {
    self.state = state
    self.moments = moments
    self.tensors = tensors
    self.version = version
  }

  private static func read(_ file: borrowing File, _ path: String) throws -> CheckpointTable {
    func require(_ condition: Bool, _ reason: String) throws {
      if !condition { throw CheckpointError(.unreadable, path: path, reason: reason) }
    }
    let version = try file.attribute("format_version", as: Int.self)
    try require(
      (oldestVersion...formatVersion).contains(version),
      "format version \(version), this program reads versions \(oldestVersion) to \(formatVersion)")
    let state = CheckpointState(
      step: try file.attribute("step"), epoch: try file.attribute("epoch"),
      cursor: try file.attribute("cursor"), seed: try file.attribute("seed"),
      optimizerStep: try file.attribute("optimizer_step"),
      configuration: try file.textAttribute(
        "configuration", limit: CheckpointState.configurationLimit),
      program: try file.textAttribute("program"), worldSize: try file.attribute("world_size"),
      optimizerKind: try file.textAttribute("optimizer_kind"),
      training: version > 1 ? try trainingSet(file) : nil,
      createdAt: try file.textAttribute("created_at"), validation: try figure(in: file))
    let moments = try file.textAttribute("moments").split(separator: ",").map(String.init)
    var tensors: [CheckpointTensor] = []
    for group in ["parameters"] + moments.map({ "optimizer/\($0)" }) {
      tensors += try readGroup(group, of: file, require)
    }
    let bytes = tensors.reduce(0) { $0 + $1.count * 4 }
    try require(bytes <= FileStatus(path).size, "shorter than the tensors it names")
    let table = CheckpointTable(
      state: state, moments: moments, tensors: tensors, version: version)
    let expected = try file.attribute("manifest_crc32c", as: UInt32.self)
    try require(expected == table.manifestCRC, "the checksum of its table of contents is wrong")
    return table
  }

  /// The figure of the validation set; nil for a file without one.
  static func figure(in file: borrowing File) throws -> ValidationFigure? {
    guard try file.hasAttribute("validation_name") else { return nil }
    return ValidationFigure(
      name: try file.textAttribute("validation_name"),
      value: try file.attribute("validation_value"), loss: try file.attribute("validation_loss"))
  }

  /// Nil where the writer knew of none.
  private static func trainingSet(_ file: borrowing File) throws -> TrainingSetIdentity? {
    let count: Int = try file.attribute("training_count")
    guard count >= 0 else { return nil }
    return TrainingSetIdentity(
      count: count, listing: try file.textAttribute("training_listing"),
      lengths: try file.textAttribute("training_lengths"),
      contents: try file.textAttribute("training_contents"))
  }

  private static func readGroup(
    _ group: String, of file: borrowing File, _ require: (Bool, String) throws -> Void
  ) throws -> [CheckpointTensor] {
    let names = try file.datasets(in: group, limit: tensorLimit)
    var ordered = [CheckpointTensor?](repeating: nil, count: names.count)
    for name in names {
      let dataset = try Dataset(opening: "\(group)/\(name)", in: file)
      let position = try dataset.attribute("position", as: Int.self)
      try require(
        ordered.indices.contains(position) && ordered[position] == nil,
        "\(group)/\(name): impossible position \(position) of \(names.count)")
      ordered[position] = CheckpointTensor(
        group: group, name: name, shape: dataset.shape,
        crc: try dataset.attribute("crc32c", as: UInt32.self))
    }
    return ordered.compactMap { $0 }
  }

  /// The first differences between this file and what a run expects, one sentence each.
  func differences(from layout: ParameterLayout, groups: [String]) -> [String] {
    var found: [String: [Int]] = [:]
    for tensor in tensors where groups.contains(tensor.group) { found[tensor.path] = tensor.shape }
    var result: [String] = []
    for group in groups {
      for entry in layout.entries {
        let path = "\(group)/\(entry.name)"
        switch found.removeValue(forKey: path) {
        case nil: result.append("\(path): expected shape \(entry.shape), found no such tensor")
        case .some(let shape) where shape != entry.shape:
          result.append("\(path): expected shape \(entry.shape), found \(shape)")
        default: break
        }
      }
    }
    for tensor in tensors {
      guard let shape = found[tensor.path] else { continue }
      result.append("\(tensor.path): not part of this model, found shape \(shape)")
    }
    if groups.count > 1 && Set(groups.dropFirst()) != Set(moments.map { "optimizer/\($0)" }) {
      result.insert(
        "optimizer: expected the moments \(groups.dropFirst().map { $0.dropFirst(10) }), found "
          + "\(moments)", at: 0)
    }
    return result
  }

  /// Throws `mismatch` naming the first five differences.
  func require(
    _ layout: ParameterLayout, groups: [String], path: String
  ) throws(CheckpointError) {
    let all = differences(from: layout, groups: groups)
    guard !all.isEmpty else { return }
    let rest = all.count > 5 ? "; and \(all.count - 5) more" : ""
    throw CheckpointError(
      .mismatch, path: path, reason: all.prefix(5).joined(separator: "; ") + rest)
  }
}
