// What is to be made of every image.

/// How images are explained.
public struct ExplanationRequest: Sendable {
  public var reading: AttentionReading
  public var style: OverlayStyle
  /// Also the verdict without each scale.
  public var ablates: Bool
  /// Also the verdicts on stretched copies.
  public var drawsAspectCurve: Bool

  public init(
    reading: AttentionReading = AttentionReading(), style: OverlayStyle = OverlayStyle(),
    ablates: Bool = true, drawsAspectCurve: Bool = false
  ) {
    (self.reading, self.style) = (reading, style)
    (self.ablates, self.drawsAspectCurve) = (ablates, drawsAspectCurve)
  }

  var layerName: String {
    switch reading.layer {
    case .rollout: "rollout"
    case .last: "last"
    case .index(let index): "\(index)"
    }
  }
  var headName: String { reading.head.map(String.init) ?? "mean" }

  /// What maps show, in words.
  var caption: String {
    let layer = reading.layer == .rollout ? "attention rollout" : "layer \(layerName)"
    let heads = reading.head.map { "head \($0)" } ?? "mean of heads"
    let span = style.normalization == .joint ? "all scales" : "each scale"
    return "\(layer), \(heads), colors span \(span)"
  }
}
