// Why a file gave no image. The wording is in ImageErrorDescription.swift.

import Failures

/// An image that cannot be read or written.
public struct ImageError: Failure, Sendable, Equatable {
  public enum Reason: Sendable, Equatable {
    /// The file has no bytes.
    case empty
    /// A type that is known and not supported; `remedy` says what to do.
    case unsupported(type: String, remedy: String)
    /// Not the beginning of any known type.
    case unrecognized(firstBytes: [UInt8])
    /// The file ends before its image does.
    case truncated(ImageFormat, detail: String)
    /// The bytes contradict the format.
    case damaged(ImageFormat, detail: String)
    /// More pixels than `DecodeOptions` allows.
    case tooLarge(ImageFormat, width: Int, height: Int, limit: String)
    /// The operating system refused the file.
    case unreadable(detail: String)
    /// The encoder refused the image.
    case unencodable(ImageFormat, detail: String)
  }

  public var reason: Reason
  /// The file, if the bytes came from one.
  public var path: String?

  public init(_ reason: Reason, path: String? = nil) {
    self.reason = reason
    self.path = path
  }

  /// The same error, naming the file.
  public func at(_ path: String) -> ImageError { ImageError(reason, path: path) }
}
