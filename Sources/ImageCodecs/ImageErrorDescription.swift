// The words of ImageError: what, where, expected and found, what to do.

import Failures

extension ImageError {
  public var kind: FailureKind { .data }

  public var description: String {
    guard let path else { return reason.description }
    return "\(path): \(reason.description)"
  }
}

extension ImageError.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .empty:
      return "the file is empty; copy or download it again"
    case .unsupported(let type, let remedy):
      return "this is \(type), expected JPEG, PNG, WebP, TIFF, BMP or PPM; \(remedy)"
    case .unrecognized(let firstBytes):
      let bytes = firstBytes.map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
      return "expected JPEG, PNG, WebP, TIFF, BMP or PPM, found a file that begins with the bytes "
        + "\(bytes.joined(separator: " ")); convert it, or leave it out"
    case .truncated(let format, let detail):
      return "the \(format.rawValue) file ends too early (\(detail)); copy or download it again"
    case .damaged(let format, let detail):
      return "the \(format.rawValue) file is damaged (\(detail)); copy or download it again"
    case .tooLarge(let format, let width, let height, let limit):
      return "the \(format.rawValue) header declares \(width) × \(height) pixels, at most \(limit) "
        + "are allowed; shrink the image, or raise the limit if you trust the file"
    case .unreadable(let detail):
      return "cannot read the file: \(detail)"
    case .unencodable(let format, let detail):
      return "cannot write the image as \(format.rawValue): \(detail)"
    }
  }
}
