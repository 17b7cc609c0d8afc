// What a decoder that gave up has written of an image.

enum Salvage {
  /// Decodes into `pixels`, over a background of zeros.
  ///
  /// Libraries that fill a buffer of ours do not say how far they came. What a second decode over another
  /// background gives alike is what the file has; the rest stays zero.
  /// - Parameter decode: fills the buffer; what went wrong if something did.
  /// - Returns: why the image is incomplete; nil if it is complete.
  /// - Throws: that, unless `isWanted` and something could be decoded.
  static func decode<Sample: FixedWidthInteger>(
    into pixels: inout [Sample], isWanted: Bool,
    _ decode: (UnsafeMutableBufferPointer<Sample>) -> ImageError?
  ) throws(ImageError) -> String? {
    guard let failure = pixels.withUnsafeMutableBufferPointer({ decode($0) }) else { return nil }
    var again = [Sample](repeating: ~0, count: pixels.count)
    guard isWanted, again.withUnsafeMutableBufferPointer({ decode($0) }) != nil,
      zip(pixels, again).contains(where: { $0 == $1 })
    else { throw failure }
    return failure.reason.detail
  }
}

extension ImageError.Reason {
  /// What is wrong with a damaged file, without what to do about it.
  var detail: String {
    switch self {
    case .truncated(_, let detail), .damaged(_, let detail): detail
    default: description
    }
  }
}
