// File → pixels → window → tokens: what a loader thread does with one planned sample.

import Files
import ImageCodecs
import Labels
import Multiscale

/// One sample, ready for the model.
public struct LoadedSample: Sendable {
  /// The plan it was loaded for.
  public let planned: PlannedSample
  /// The label.
  public let target: Label
  /// The tokens of this one image.
  public let tokens: TokenBatch
  /// What is wrong with the file, if the rest of it is used nevertheless.
  public let damage: SampleError?

  public init(
    planned: PlannedSample, target: Label, tokens: TokenBatch, damage: SampleError? = nil
  ) {
    self.planned = planned
    self.target = target
    self.tokens = tokens
    self.damage = damage
  }
}

/// Loads samples: a pure function of index, plan and the bytes of the files.
public struct SampleLoader: Sendable {
  /// The samples.
  public let index: SampleIndex
  /// Patches, scales and positions.
  public let tokenizer: Tokenizer
  /// How images are decoded.
  public private(set) var options: DecodeOptions
  /// Whether token batches are padded as the paper defines them.
  public let padded: Bool

  public init(
    index: SampleIndex, tokenizer: Tokenizer, options: DecodeOptions = DecodeOptions(),
    padded: Bool = false
  ) {
    self.index = index
    self.tokenizer = tokenizer
    self.options = options
    // Not an option of its own: tokens and pixels must agree.
    self.options.channels = tokenizer.configuration.channels
    self.padded = padded
  }

  /// Reads, decodes, cuts and tokenizes one sample.
  ///
  /// The error of a bad file says the same in every run: the sample is skipped alike on every
  /// number of ranks. A file whose size or length is not the one of the index is an error too: all
  /// ranks have planned with that size, and another file is not what the labels are about.
  public func load(_ planned: PlannedSample) -> Result<LoadedSample, SampleError> {
    let sample = index[planned.sample]
    let path = index.path(of: planned.sample)
    func error(_ reason: String) -> SampleError {
      SampleError(sample: planned.sample, path: path, reason: reason)
    }
    func failure(_ reason: String) -> Result<LoadedSample, SampleError> { .failure(error(reason)) }
    let image: PixelImage
    let byteCount: Int
    do throws(FileError) {
      let bytes = try FileSystem.read(path)
      byteCount = bytes.count
      do throws(ImageError) {
        image = try ImageDecoder.decode(bytes, options: options)
      } catch { return failure(error.reason.description) }
    } catch { return failure("cannot read the file: \(error.reason)") }
    guard image.height == Int(sample.height), image.width == Int(sample.width) else {
      return failure(
        "has \(image.height) × \(image.width) pixels, the index says \(sample.height) × "
          + "\(sample.width); build the index again")
    }
    guard sample.byteCount == 0 || byteCount == sample.byteCount else {
      return failure(
        "has \(byteCount) bytes, the index says \(sample.byteCount): the file was replaced; build "
          + "the index again")
    }
    let window = planned.window
    let tokens = tokenizer.tokens(
      height: window.height, width: window.width, pixels: image.pixels(in: window), padded: padded)
    return .success(
      LoadedSample(
        planned: planned, target: sample.target, tokens: tokens, damage: image.damage.map(error)))
  }

  /// The memory that the loaded sample takes, known from the plan.
  public func byteCount(_ planned: PlannedSample) -> Int {
    let configuration = tokenizer.configuration
    let rows =
      padded
      ? TokenGeometry(
        height: planned.window.height, width: planned.window.width, configuration: configuration
      ).paddedTokens : planned.tokens
    return rows * (configuration.patchValues + 3) * MemoryLayout<Float>.stride
  }

  /// A queue that loads samples for `streamCount` consumers in the background.
  public func queue(
    streamCount: Int, threadCount: Int, byteLimit: Int
  ) -> PrefetchQueue<PlannedSample, Result<LoadedSample, SampleError>> {
    PrefetchQueue(
      streamCount: streamCount, threadCount: threadCount, byteLimit: byteLimit,
      byteCount: { byteCount($0) }, load: { load($0) })
  }
}

extension PixelImage {
  /// The pixels of a window `[height, width, channels]`, mirrored if it says so.
  func pixels(in window: CropWindow) -> [UInt8] {
    precondition(
      window.top >= 0 && window.left >= 0 && window.top + window.height <= height
        && window.left + window.width <= width,
      "expected a window inside \(height) × \(width) pixels, got \(window)")
    if window == CropWindow(height: height, width: width) { return pixels }
    let rowBytes = window.width * channels
    return [UInt8](unsafeUninitializedCapacity: window.height * rowBytes) { target, count in
      count = window.height * rowBytes
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<window.height {
          let from = source.baseAddress! + ((window.top + y) * width + window.left) * channels
          let to = target.baseAddress! + y * rowBytes
          guard window.isFlipped else {
            to.update(from: from, count: rowBytes)
            continue
          }
          for x in 0..<window.width {
            let pixel = from + (window.width - 1 - x) * channels
            for channel in 0..<channels { to[x * channels + channel] = pixel[channel] }
          }
        }
      }
    }
  }
}
