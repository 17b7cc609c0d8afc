// Synthetic data sets: image i is a pure function of the request and i, so any number of ranks
// share the work and write the same files.

import ImageCodecs
import Tensors

/// The images of a `SynthesisRequest`.
public struct Synthesis: Sendable {
  /// Changes whenever the images of a request do.
  static let version = 3
  /// Every fifth image of a class goes to `val`.
  static let validationPeriod = 5

  /// One image, ready to be written.
  public struct Rendered: Sendable, Equatable {
    /// Relative to the output folder.
    public let path: String
    /// A JPEG file.
    public let bytes: [UInt8]
    public let height: Int
    public let width: Int
  }

  public let request: SynthesisRequest

  /// - Throws: `SynthesisError.unusable` with all problems of the request.
  public init(_ request: SynthesisRequest) throws(SynthesisError) {
    let problems = request.problems()
    if !problems.isEmpty {
      throw .unusable(problems.map { "\($0.key): \($0.message)" })
    }
    self.request = request
  }

  /// Number of images.
  public var sampleCount: Int { request.count }

  /// Folder and human name of every class, in the order of class indices; empty for quality data.
  public var classNames: [(folder: String, name: String)] {
    guard request.kind == .classes else { return [] }
    return SyntheticClass.allCases.prefix(request.classes).map { ($0.folder, $0.rawValue) }
  }

  /// Where image `sample` goes, relative to the output folder.
  public func path(ofSample sample: Int) -> String {
    if request.kind == .classes {
      let folder = SyntheticClass.allCases[sample % request.classes].folder
      let number = sample / request.classes
      return "\(isValidation(sample) ? "val" : "train")/\(folder)/\(folder)_\(number).JPEG"
    } else {
      let digits = String(sample)
      return "images/" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".jpg"
    }
  }

  /// Class index of image `sample`; nil for quality data.
  public func classIndex(ofSample sample: Int) -> Int? {
    request.kind == .classes ? sample % request.classes : nil
  }

  /// Whether image `sample` belongs to the validation set (classification).
  public func isValidation(_ sample: Int) -> Bool {
    sample / request.classes % Self.validationPeriod == Self.validationPeriod - 1
  }

  /// Mean opinion score of image `sample`, 0 to 100; nil for classification.
  ///
  /// 92 − 80 · severity, plus the disagreement of raters: normal with deviation 1.5. One image in
  /// eight is not degraded at all.
  public func meanOpinionScore(ofSample sample: Int) -> Double? {
    guard request.kind == .score else { return nil }
    var random = stream(sample)
    return Grade(from: &random).meanOpinionScore
  }

  /// Renders image `sample`.
  /// - Throws: `SynthesisError.encoding`.
  /// - Precondition: `sample` is in 0 ..< `sampleCount`.
  /// - Cost: about 3 ms for a classification image, 8 ms for a quality image, one core.
  public func render(sample: Int) throws(SynthesisError) -> Rendered {
    precondition((0..<sampleCount).contains(sample), "no sample \(sample) of \(sampleCount)")
    var random = stream(sample)
    let canvas: Canvas
    let quality: Int
    if request.kind == .classes {
      let size = Canvas.size(from: &random, longerSide: request.longerSide)
      var drawn = Canvas(height: size.height, width: size.width)
      quality = 80 + random.integer(below: 16)
      SyntheticClass.allCases[sample % request.classes].paint(on: &drawn, from: &random)
      canvas = drawn
    } else {
      let grade = Grade(from: &random)
      let size = Canvas.size(from: &random, longerSide: request.longerSide)
      var drawn = Canvas(height: size.height, width: size.width)
      SyntheticScene.paint(on: &drawn, from: &random)
      let degradation = Degradation.allCases[sample % Degradation.allCases.count]
      degradation.apply(severity: grade.severity, to: &drawn, from: &random)
      quality = degradation.quality(severity: grade.severity)
      canvas = drawn
    }
    do {
      let bytes = try JPEGEncoder.encode(canvas.image(), quality: quality)
      return Rendered(
        path: path(ofSample: sample), bytes: bytes, height: canvas.height, width: canvas.width)
    } catch {
      throw .encoding(sample: sample, detail: error.description)
    }
  }

  /// `labels.csv` of quality data: header `path,mos`, one line for each image.
  public func labels() -> String {
    var text = "path,mos\n"
    for sample in 0..<sampleCount {
      guard let score = meanOpinionScore(ofSample: sample) else { continue }
      text += "\(path(ofSample: sample)),\((score * 100).rounded() / 100)\n"
    }
    return text
  }

  private func stream(_ sample: Int) -> RandomStream {
    RandomStream(seed: request.seed, purpose: .synthesis, sample: sample)
  }

  /// What is decided about a quality image before it is drawn.
  private struct Grade {
    let severity: Double
    let meanOpinionScore: Double

    init(from random: inout RandomStream) {
      let isPristine = random.uniform() < 0.125
      let drawn = random.uniform(in: 0.03...1)
      severity = isPristine ? 0 : drawn
      let disagreement = 1.5 * random.normal()
      let score = Degradation.meanOpinionScore(severity: severity) + disagreement
      meanOpinionScore = max(0, min(100, score))
    }
  }
}
