// Where the rows go: standard output, or a file that a later call may go on with.

import Files
import Foundation
import ImageData
import RunConfig
import Tables

/// Writes rows, each complete and at once. Used on rank 0.
public final class PredictionOutput {
  private let descriptor: Int32
  private let path: String?

  /// Standard output.
  public init() {
    descriptor = STDOUT_FILENO
    path = nil
  }

  /// A file; a new one is started unless `appending`.
  ///
  /// Before appending, an incomplete last row, as a killed process leaves it, is cut off.
  /// - Throws: `PredictionError` for a file that cannot be written or that has other columns.
  public init(path: String, appending: Bool, format: PredictionFormat) throws {
    self.path = path
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | (appending ? 0 : O_TRUNC)
    let descriptor = open(path, flags, 0o644)
    guard descriptor >= 0 else { throw Self.failure(path, String(cString: strerror(errno))) }
    self.descriptor = descriptor
    guard appending else { return }
    let existing = try Self.existing(path, format: format)
    guard ftruncate(descriptor, off_t(existing.end)) == 0,
      lseek(descriptor, off_t(existing.end), SEEK_SET) >= 0
    else { throw Self.failure(path, String(cString: strerror(errno))) }
  }

  /// Writes a line; false when nobody reads standard output any more.
  /// - Throws: `PredictionError` when a file cannot be written.
  public func write(_ line: String) throws -> Bool {
    var rest = Array((line + "\n").utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        if path == nil && errno == EPIPE { return false }
        throw Self.failure(path ?? "", String(cString: strerror(errno)))
      }
      rest = rest.dropFirst(count)
    }
    return true
  }

  deinit { if path != nil { close(descriptor) } }

  /// Whether nothing has been written yet: a header is due.
  public var isEmpty: Bool { path == nil || lseek(descriptor, 0, SEEK_CUR) == 0 }

  /// Writes `path`.json beside a CSV file: what its rows have in common.
  public func writeSidecar(_ format: PredictionFormat) throws {
    guard let path, format.kind == .csv else { return }
    let text = PredictionFormat.object(format.model.members(format)) + "\n"
    do {
      try FileAccess.replace("\(path).json", with: Array(text.utf8))
    } catch { throw Self.failure("\(path).json", error.reason) }
  }

  /// The paths that have a row without an error in a file of `format`, and where its last complete row
  /// ends; nothing if there is no such file.
  public static func existing(
    _ path: String, format: PredictionFormat
  ) throws -> (scored: Set<String>, end: Int) {
    guard FileManager.default.fileExists(atPath: path) else { return ([], 0) }
    let bytes: [UInt8]
    do { bytes = try FileAccess.bytes(of: path, limit: 16 << 30) } catch {
      throw failure(path, error.reason)
    }
    return try format.kind == .csv
      ? csv(bytes, path, format) : jsonLines(bytes, path)
  }

  private static func csv(
    _ bytes: [UInt8], _ path: String, _ format: PredictionFormat
  ) throws -> (scored: Set<String>, end: Int) {
    let (rows, end) = CommaSeparatedText.rows(bytes)
    guard let header = rows.first else { return ([], 0) }
    guard header.joined(separator: ",") == format.header,
      let status = header.firstIndex(of: "status")
    else {
      throw PredictionError.otherColumns(path: path, expected: format.header ?? "")
    }
    let scored = rows.dropFirst().filter { $0.count == header.count && $0[status] == "ok" }
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
      if row.status == "ok" { scored.insert(row.path) }
    }
    return (scored, end)
  }

  private static func failure(_ path: String, _ reason: String) -> PredictionError {
    .unwritable(path: path, reason: reason)
  }
}
