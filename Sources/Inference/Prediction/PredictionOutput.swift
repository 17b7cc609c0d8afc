// Where the rows go: standard output, or a file that a later call may go on with.

import Files
import Foundation
import ImageData
import RunConfig
import Tables

/// Writes rows, each complete and at once. Used on rank 0.
public final class PredictionOutput {
  /// Nil is standard output.
  private let file: LineFile?
  private let isAppending: Bool

  /// Standard output.
  public init() { (file, isAppending) = (nil, false) }

  /// A file; a new one is started unless `appending`.
  ///
  /// Before appending, an incomplete last row, as a killed process leaves it, is cut off.
  /// - Throws: `PredictionError` for a file that cannot be written or that has other columns.
  public init(path: String, appending: Bool, format: PredictionFormat) throws {
    let end = appending ? try Self.existing(path, format: format).end : 0
    isAppending = end > 0
    do throws(FileError) { file = try LineFile(path, keeping: end) } catch {
      throw Self.failure(path, error.reason)
    }
  }

  /// Writes a line; false when nobody reads standard output any more.
  /// - Throws: `PredictionError` when a file cannot be written.
  public func write(_ line: String) throws -> Bool {
    do throws(FileError) {
      if let file {
        try file.write(line: line)
      } else {
        try StandardStream.output.write(line + "\n")
      }
      return true
    } catch {
      if file == nil && error.isClosedPipe { return false }
      throw Self.failure(file?.path ?? "to standard output", error.reason)
    }
  }

  /// Whether nothing has been written yet: a header is due.
  public var isEmpty: Bool { file?.isEmpty ?? true }

  /// Writes `path`.json beside a CSV file: under each value of the column `model`, what its rows have in
  /// common. Pipes and devices have none.
  public func writeSidecar(_ format: PredictionFormat) throws {
    guard let path = file?.path, format.kind == .csv,
      (try? FileStatus(path))?.kind == .regular
    else { return }
    let own = PredictionFormat.object(format.model.members(format))
    let others = isAppending ? Self.models(inSidecar: "\(path).json") : [:]
    let models = others.merging(["\(format.identity)": own]) { $1 }.sorted { $0.key < $1.key }
    let text = PredictionFormat.object(models.map { ($0.key, $0.value) }) + "\n"
    do throws(FileError) {
      try FileSystem.replace("\(path).json", with: Array(text.utf8))
    } catch { throw Self.failure("\(path).json", error.reason) }
  }

  /// The members of a sidecar as JSON; none if there is no such file or it is another one.
  private static func models(inSidecar path: String) -> [String: String] {
    guard let bytes = try? FileSystem.read(path, limit: 64 << 20),
      let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: [String: Any]]
    else { return [:] }
    return object.compactMapValues {
      (try? JSONSerialization.data(
        withJSONObject: $0, options: [.sortedKeys, .withoutEscapingSlashes]))
        .map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// What a file of predictions holds.
  public struct Existing: Equatable, Sendable {
    /// Images that have a score of this model.
    public var scored: Set<FileName> = []
    /// Other models that have rows here, in the order of their first row.
    public var otherModels: [String] = []
    /// Where the last complete row ends.
    public var end = 0

    /// Takes one row into account. Names are compared byte by byte: two Unicode forms are two files.
    mutating func add(path: String, status: String, model: String?, own: ModelIdentity) {
      let model = model ?? "unknown"
      guard model == own.description else {
        if !otherModels.contains(model) { otherModels.append(model) }
        return
      }
      if RowStatus(rawValue: status)?.hasResult == true { scored.insert(FileName(path)) }
    }
  }

  /// The contents of a file of `format`; nothing if there is no such file.
  /// - Throws: `PredictionError` for a file that is no such table, or cannot be read.
  public static func existing(_ path: String, format: PredictionFormat) throws -> Existing {
    guard FileSystem.exists(path) else { return Existing() }
    let bytes: [UInt8]
    do { bytes = try FileSystem.read(path, limit: 16 << 30) } catch {
      throw failure(path, error.reason)
    }
    return try format.kind == .csv
      ? csv(bytes, path, format) : jsonLines(bytes, path, format)
  }

  private static func csv(
    _ bytes: [UInt8], _ path: String, _ format: PredictionFormat
  ) throws -> Existing {
    let (rows, end) = CommaSeparated.completeRows(bytes)
    guard let header = rows.first else { return Existing() }
    guard header.map(CommaSeparatedText.field).joined(separator: ",") == format.header,
      let status = header.firstIndex(of: "status"), let model = header.lastIndex(of: "model")
    else {
      throw PredictionError.otherColumns(path: path, expected: format.header ?? "")
    }
    var result = Existing(end: end)
    for row in rows.dropFirst() where row.count == header.count {
      result.add(path: row[0], status: row[status], model: row[model], own: format.identity)
    }
    return result
  }

  private struct Line: Decodable {
    let path: String
    let status: String
    let model: String?
  }

  private static func jsonLines(
    _ bytes: [UInt8], _ path: String, _ format: PredictionFormat
  ) throws -> Existing {
    var result = Existing(end: (bytes.lastIndex(of: 0x0A) ?? -1) + 1)
    let decoder = JSONDecoder()
    for line in bytes[..<result.end].split(separator: 0x0A) {
      guard let row = try? decoder.decode(Line.self, from: Data(line)) else {
        throw PredictionError.foreignLine(path: path)
      }
      result.add(
        path: row.path, status: row.status, model: row.model, own: format.identity)
    }
    return result
  }

  private static func failure(_ path: String, _ reason: String) -> PredictionError {
    .unwritable(path: path, reason: reason)
  }
}
