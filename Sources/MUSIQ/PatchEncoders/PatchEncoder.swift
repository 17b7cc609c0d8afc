// What all patch encoders share, and how those with convolutions go over many patches.

import Autodiff
import Layers

/// From pixels to tokens: `[patches, P · P · C]` → `[patches, D]`.
protocol PatchEncoder: Sendable {
  /// Every convolution, for `prepare` and `finishGradients`.
  var convolutions: [StandardizedConvolution] { get }

  /// - Parameter patches: a constant: pixels need no gradient.
  func callAsFunction(_ patches: Variable, on tape: Tape, observer: ModelObserver?) -> Variable

  /// Multiply-accumulates of the forward pass, per patch.
  static func cost(_ configuration: MUSIQConfiguration) -> Double
}

/// A patch encoder that computes convolutional features and embeds them by a dense layer.
protocol FeatureEncoder: PatchEncoder {
  var root: RootLayers { get }
  var embedding: Linear { get }
  /// Floats of the features of one patch.
  var featureCount: Int { get }

  /// The layers between pooling and flattening.
  /// - Parameters:
  ///   - x: `[chunk · positions, stem]`.
  ///   - target: `[chunk, featureCount]`, in (y, x, channel) order.
  func writeFeatures(of x: Variable, into target: Variable, on tape: Tape)
}

extension FeatureEncoder {
  func callAsFunction(_ patches: Variable, on tape: Tape, observer: ModelObserver?) -> Variable {
    let group = PatchBlocks.group(featureCount: featureCount)
    guard !tape.isRecording, patches.rows > group else {
      return embed(patches, on: tape, observer: observer)
    }
    // The features of all patches of a photograph would take 64 KiB each; without a gradient to
    // come they are needed only until they are embedded.
    let embedded = tape.buffer(rows: patches.rows, columns: embedding.outputs)
    for first in stride(from: 0, to: patches.rows, by: group) {
      let rows = first..<min(first + group, patches.rows)
      tape.discardingTemporaries {
        let part = embed(patches.rows(rows), on: tape, observer: observer)
        embedded.rows(rows).value.update(from: part.value, count: part.count)
      }
    }
    return embedded
  }

  /// `[rows, P · P · C]` → `[rows, D]`, features of all rows at once.
  private func embed(_ patches: Variable, on tape: Tape, observer: ModelObserver?) -> Variable {
    tape.keepingOnly(rows: patches.rows, columns: embedding.outputs) {
      let features = tape.buffer(
        rows: patches.rows, columns: featureCount, operandOnly: observer == nil)
      let chunk = PatchBlocks.chunk(rootFeatureCount: root.pool.inputCount)
      for first in stride(from: 0, to: patches.rows, by: chunk) {
        let rows = first..<min(first + chunk, patches.rows)
        let target = features.rows(rows)
        tape.discardingTemporaries {
          writeFeatures(
            of: root(patches.rows(rows), on: tape, observer: observer), into: target, on: tape)
        }
      }
      observer?("patch_features", features)
      return embedding(features, on: tape)
    }
  }
}

/// How many patches pass through the layers at a time.
enum PatchBlocks {
  /// Patches per pass of the convolutions: eight, or as many as have 512 KiB of features after the
  /// root, so that they stay in the second-level cache between one operation and the next.
  static func chunk(rootFeatureCount: Int) -> Int { min(8, max(1, (128 << 10) / rootFeatureCount)) }

  /// Patches whose features exist at once when nothing is recorded: 512, or as many as fit in 32
  /// MiB.
  static func group(featureCount: Int) -> Int { min(512, max(8, (8 << 20) / featureCount)) }
}
