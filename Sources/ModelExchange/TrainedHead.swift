// The head of a model before `model.score.offset` and `scale` were moved into it, in the metadata of an
// export: other programs read scores in units, this one gets back the bits that were trained.

import Foundation
import MUSIQ

/// Kernel and bias as the run trained them, and what makes scores of their outputs.
public struct TrainedHead: Equatable, Sendable {
  /// `[inputs, outputs]`.
  let kernel: [Float]
  /// `[outputs]`.
  let bias: [Float]
  let offset: Double
  let scale: Double

  public init(kernel: [Float], bias: [Float], offset: Double, scale: Double) {
    (self.kernel, self.bias, self.offset, self.scale) = (kernel, bias, offset, scale)
  }

  /// The head that gives scores in units: offset + scale (x W + b) = x (scale W) + (scale b + offset),
  /// rounded once per parameter.
  public var inUnits: (kernel: [Float], bias: [Float]) {
    (
      kernel.map { Float(scale * Double($0)) },
      bias.map { Float(offset + scale * Double($0)) }
    )
  }

  /// The texts of an export.
  public var metadata: [String: String] {
    let bytes = (kernel + bias).flatMap { value in
      withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
    }
    return [
      "trained_head": Data(bytes).base64EncodedString(), "trained_head_outputs": "\(bias.count)",
      "score_offset": "\(offset)", "score_scale": "\(scale)",
    ]
  }

  /// Nil for metadata without a head, or with one that is none.
  init?(_ metadata: [String: String]) {
    guard let text = metadata["trained_head"], let data = Data(base64Encoded: text),
      let outputs = metadata["trained_head_outputs"].flatMap({ Int($0) }),
      let offset = metadata["score_offset"].flatMap({ Double($0) }), offset.isFinite,
      let scale = metadata["score_scale"].flatMap({ Double($0) }), scale.isFinite,
      data.count % 4 == 0, outputs > 0, outputs < data.count / 4
    else { return nil }
    let bytes = Array(data)
    let values = stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(
        bitPattern: bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }
    self.init(
      kernel: Array(values.dropLast(outputs)), bias: Array(values.suffix(outputs)), offset: offset,
      scale: scale)
  }

  /// Whether these tensors are what came of this head, bit by bit.
  /// - Parameter isTransposed: the kernel is `[outputs, inputs]`.
  func gives(kernel: [Float], isTransposed: Bool, bias: [Float]) -> Bool {
    let own = inUnits
    guard own.kernel.count == kernel.count, own.bias.count == bias.count else { return false }
    let (outputs, inputs) = (bias.count, kernel.count / bias.count)
    func same(_ a: Float, _ b: Float) -> Bool { a.bitPattern == b.bitPattern }
    return zip(own.bias, bias).allSatisfy(same)
      && kernel.indices.allSatisfy { index in
        let place = isTransposed ? index % inputs * outputs + index / inputs : index
        return same(kernel[index], own.kernel[place])
      }
  }
}
