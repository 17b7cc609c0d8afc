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

  /// Standard output.
  public init() { file = nil }

  /// A file; a new one is started unless `appending`.
  ///
  /// Before appending, an incomplete last row, as a killed process leaves it, is cut off.
  /// - Throws: `PredictionError` for a file that cannot be written or that has other columns.
  public init(path: String, appending: Bool, format: PredictionFormat) throws {
    let end = appending ? try Self.existing(path, format: format).end : 0
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

  /// Writes `path`.json beside a CSV file: what its rows have in common. Pipes and devices have none.
  public func writeSidecar(_ format: PredictionFormat) throws {
    guard let path = file?.path, format.kind == .csv,
      (try? FileStatus(path))?.kind == .regular
    else { return }
    let text = PredictionFormat.object(format.model.members(format)) + "\n"
    do throws(FileError) {
      try FileSystem.replace("\(path).json", with: Array(text.utf8))
    } catch { throw Self.failure("\(path).json", error.reason) }
  }

  /// The paths that have a row without an error in a file of `format`, and where its last complete row
  /// ends; nothing if there is no such file.
  public static func existing(
    _ path: String, format: PredictionFormat
  ) throws -> (scored: Set<String>, end: Int) {
    guard FileSystem.exists(path) else { return ([], 0) }
    let bytes: [UInt8]
    do { bytes = try FileSystem.read(path, limit: 16 << 30) } catch {
      throw failure(path, error.reason)
    }
    return try format.kind == .csv
      ? csv(bytes, path, format) : jsonLines(bytes, path)
  }

  /// The statuses of rows that have a score.
  private static let scoredWords: Set = ["ok", "salvaged"]

  private static func csv(
    _ bytes: [UInt8], _ path: String, _ format: PredictionFormat
  ) throws -> (scored: Set<String>, end: Int) {
    let (rows, end) = CommaSeparated.completeRows(bytes)
    guard let header = rows.first else { return ([], 0) }
    guard header.joined(separator: ",") == format.header,
      let status = header.firstIndex(of: "status")
    else {
      throw PredictionError.otherColumns(path: path, expected: format.header ?? "")
    }
    let scored = rows.dropFirst().filter {
      $0.count == header.count && Self.scoredWords.contains($0[status])
    }
    return (Set(scored.map { $0[0] }), end)
  }

  private struct Line: Decodable {
    let path: String
    let status: String
  }

  private static func jsonLines(
    _ bytes: [UInt8], _ path: String
  ) throws -> (scored: Set<String>, end: Int) {
    let end = (bytes.lastIndex(of: 0x0A) ?? -1) + 1
    var scored: Set<String> = []
    let decoder = JSONDecoder()
    for line in bytes[..<end].split(separator: 0x0A) {
      guard let row = try? decoder.decode(Line.self, from: Data(line)) else {
        throw PredictionError.foreignLine(path: path)
      }
      if scoredWords.contains(row.status) { scored.insert(row.path) }
    }
    return (scored, end)
  }

  private static func failure(_ path: String, _ reason: String) -> PredictionError {
    .unwritable(path: path, reason: reason)
  }
}
