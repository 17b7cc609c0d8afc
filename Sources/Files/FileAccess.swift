// Reading and writing whole files through the C library: never blocks on a pipe, retries what network
// file systems report now and then.

import Failures
import Foundation

/// Why a file could not be read or written, in the system's words.
public struct FileProblem: SharedFailure, Equatable {
  public var reason: String

  public var kind: FailureKind { .inputOutput }
  public var description: String { reason }
}

/// Whole files. Foundation's errors hide the system's reason, so this does not use it.
public enum FileAccess {
  /// The bytes of a regular file of at most `limit` bytes.
  ///
  /// EIO, ESTALE and EAGAIN are tried three times, with 10 and 100 ms between; pipes, sockets, devices and
  /// folders are refused without waiting for data.
  public static func bytes(
    of path: String, limit: Int = 256 << 20
  ) throws(FileProblem) -> [UInt8] {
    var pause: UInt32 = 10_000
    for _ in 0..<2 {
      switch attempt(path, limit: limit) {
      case .success(let bytes): return bytes
      case .failure(let failure):
        guard [EIO, ESTALE, EAGAIN].contains(failure.code) else {
          throw FileProblem(reason: failure.text)
        }
        usleep(pause)
        pause *= 10
      }
    }
    do { return try attempt(path, limit: limit).get() } catch {
      throw FileProblem(reason: error.text)
    }
  }

  private struct Failure: Error {
    var code: Int32 = 0
    var text: String
    static var system: Failure {
      Failure(code: errno, text: String(cString: strerror(errno)))
    }
  }

  private static func attempt(_ path: String, limit: Int) -> Result<[UInt8], Failure> {
    // O_NONBLOCK: opening a pipe without a writer would wait for one.
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return .failure(.system) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { return .failure(.system) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      return .failure(Failure(text: "is no regular file"))
    }
    let size = Int(status.st_size)
    guard size <= limit else {
      return .failure(Failure(text: "has \(size) bytes, the limit is \(limit)"))
    }
    var failure: Failure?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = read(file, buffer.baseAddress! + count, size - count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = .system }
        if got <= 0 { break }
        count += got
      }
    }
    return failure.map { .failure($0) } ?? .success(bytes)
  }

  /// Makes a folder and all folders above it; the empty path is the current folder.
  public static func makeFolder(_ path: String) throws(FileProblem) {
    if path.isEmpty { return }
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += part + "/"
      guard mkdir(prefix, 0o777) == 0 || errno == EEXIST else {
        throw FileProblem(reason: String(cString: strerror(errno)))
      }
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw FileProblem(reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileProblem(reason: String(cString: strerror(ENOTDIR)))
    }
  }

  /// Writes a file under a temporary name, syncs it and renames it, so that it is complete or absent.
  /// - Parameter isDurable: off for files that are quickly made again.
  public static func replace(
    _ path: String, with bytes: [UInt8], isDurable: Bool = true
  ) throws(FileProblem) {
    let temporary = "\(path).\(getpid()).tmp"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileProblem(reason: String(cString: strerror(errno))) }
    var done = 0
    var succeeded = true
    while done < bytes.count && succeeded {
      let put = bytes.withUnsafeBytes { write(file, $0.baseAddress! + done, bytes.count - done) }
      if put >= 0 { done += put } else if errno != EINTR { succeeded = false }
    }
    succeeded = succeeded && (!isDurable || fsync(file) == 0)
    var code = errno
    if close(file) != 0 && succeeded {
      succeeded = false
      code = errno
    }
    if succeeded && rename(temporary, path) == 0 { return }
    if succeeded { code = errno }
    unlink(temporary)
    throw FileProblem(reason: String(cString: strerror(code)))
  }
}

extension FileAccess {
  /// Whether there is anything of this name.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
