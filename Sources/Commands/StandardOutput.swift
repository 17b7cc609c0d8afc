// Results and messages of the command line, and what becomes of results that nobody can read.

import Files
import Foundation

/// Standard output of this process.
enum StandardOutput {
  private static let loss = Loss()

  /// Writes all of `text`; nothing more after an error.
  /// - Returns: false when nobody reads it any more. Other errors are kept for `requireWritten`.
  static func write(_ text: String) -> Bool {
    guard loss.error == nil else { return true }
    do throws(FileError) {
      try StandardStream.output.write(text)
      return true
    } catch {
      guard !error.isClosedPipe else { return false }
      loss.keep(error)
      return true
    }
  }

  /// Throws the first error of `write`: a full disk is a result that is missing.
  static func requireWritten() throws(FileError) {
    if let error = loss.error { throw error }
  }

  private final class Loss: @unchecked Sendable {
    private let lock = NSLock()
    private var first: FileError?

    var error: FileError? { lock.withLock { first } }
    func keep(_ error: FileError) { lock.withLock { first = first ?? error } }
  }
}

/// Standard error of this process.
enum StandardError {
  /// Writes `text`. There is nobody to tell when it cannot be written.
  static func write(_ text: String) { try? StandardStream.error.write(text) }
}
