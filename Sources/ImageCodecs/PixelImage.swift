// A decoded image: what all codecs give and take.

/// An image with 8 bits per channel.
public struct PixelImage: Sendable, Equatable {
  public let height: Int
  public let width: Int
  /// 1 luma, 3 RGB, 4 RGB and alpha (not premultiplied, 255 opaque).
  public let channels: Int
  /// `[height, width, channels]`, row-major.
  public var pixels: [UInt8]
  /// What is wrong with the file when `DecodeOptions.salvages` let it pass; nil for a sound one.
  public var damage: String?

  /// - Precondition: both sides are positive, there are 1, 3 or 4 channels and `pixels.count` is
  ///   height · width · channels.
  public init(
    height: Int, width: Int, channels: Int = 3, pixels: [UInt8], damage: String? = nil
  ) {
    precondition([1, 3, 4].contains(channels), "expected 1, 3 or 4 channels, got \(channels)")
    precondition(
      height > 0 && width > 0 && pixels.count == height * width * channels,
      "expected \(height) × \(width) × \(channels) bytes, got \(pixels.count)")
    self.channels = channels
    self.height = height
    self.width = width
    self.pixels = pixels
    self.damage = damage
  }
}

/// File formats that can be decoded. They are told by their first bytes, never by a file name.
public enum ImageFormat: String, Sendable, Codable, CaseIterable {
  case jpeg = "JPEG"
  case png = "PNG"
  case bmp = "BMP"
  case webp = "WebP"
  case tiff = "TIFF"
  /// Binary portable pixel and gray maps, P6 and P5.
  case netpbm = "PPM"
}

/// What the beginning of a file says about its image.
public struct ImageHeader: Sendable, Equatable {
  public let format: ImageFormat
  public let width: Int
  public let height: Int
  /// Channels in the file: 1 gray, 2 gray and alpha, 3 color, 4 color and alpha, or CMYK. Decoding
  /// gives `DecodeOptions.channels`.
  public let channels: Int
  /// How EXIF says that the image is to be turned; width and height are those of the stored image.
  public var orientation = ExifOrientation.upright

  public init(format: ImageFormat, width: Int, height: Int, channels: Int) {
    self.format = format
    self.width = width
    self.height = height
    self.channels = channels
  }

  /// The same turned: sides exchanged where they have to be, nothing left to turn.
  func turned() -> ImageHeader {
    orientation.swapsSides
      ? ImageHeader(format: format, width: height, height: width, channels: channels)
      : ImageHeader(format: format, width: width, height: height, channels: channels)
  }
}

/// How to decode, and what to refuse.
public struct DecodeOptions: Sendable, Equatable {
  /// The inverse cosine transform of JPEG. The two differ by some gray levels at most.
  public enum CosineTransform: String, Sendable, Codable, CaseIterable {
    /// TensorFlow's default, hence that of the official model.
    case fast
    /// The default of PIL and PyTorch.
    case accurate
  }

  public var cosineTransform: CosineTransform
  /// Largest number of pixels; an image at this limit takes 600 MB decoded.
  public var maximumPixels: Int
  /// Largest side: that of the JPEG library.
  public var maximumSide: Int
  /// Gives what could be decoded of a truncated or damaged file, with `PixelImage.damage` set, instead
  /// of an error. What is missing is black, and in JPEG what the library makes of it, mostly gray. A
  /// file of which nothing can be decoded stays an error.
  public var salvages: Bool
  /// What becomes of a JPEG's EXIF orientation.
  public var orientation: OrientationPolicy
  /// Channels of decoded images: 1 luma, 3 RGB, 4 RGB and alpha. See `PixelImage.converted(to:)`.
  public var channels: Int

  /// Whether images are turned as EXIF says.
  public enum OrientationPolicy: String, Sendable, Codable, CaseIterable {
    /// As stored: TensorFlow, PIL and the official model.
    case ignore
    /// As shown by a viewer.
    case apply
  }

  public init(
    cosineTransform: CosineTransform = .fast, maximumPixels: Int = 200_000_000,
    maximumSide: Int = 65_500, salvages: Bool = false,
    orientation: OrientationPolicy = .ignore, channels: Int = 3
  ) {
    precondition([1, 3, 4].contains(channels), "expected 1, 3 or 4 channels, got \(channels)")
    self.orientation = orientation
    self.channels = channels
    self.cosineTransform = cosineTransform
    self.maximumPixels = maximumPixels
    self.maximumSide = maximumSide
    self.salvages = salvages
  }

  /// Refuses an image that is too large, before memory is taken for it.
  /// - Precondition: its sides are positive.
  func check(_ header: ImageHeader) throws(ImageError) {
    let (width, height) = (header.width, header.height)
    if max(width, height) > maximumSide {
      throw ImageError(
        .tooLarge(
          header.format, width: width, height: height, limit: "\(maximumSide) pixels a side"))
    }
    if width > maximumPixels / height {
      throw ImageError(
        .tooLarge(header.format, width: width, height: height, limit: "\(maximumPixels) pixels"))
    }
  }
}
