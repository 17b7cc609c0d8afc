// Passes that move a window over patches.

import Kernels

extension KernelCase {
  /// The maximum over every window.
  public static func maxPool(patches: Int, _ window: WindowGeometry) -> KernelCase {
    let count = patches * window.inputCount
    let pooled = patches * window.outputPositions * window.channels
    let size = "\(patches) patches"
    let forward = KernelPass.forward(size, .traffic(bytes: 4 * Double(count + pooled))) { m in
      maxPoolForward(y: m.result, x: m.inputs[0].floats, patches: patches, window)
    }
    let backward = KernelPass.backward(
      size, .traffic(bytes: 8 * Double(count + pooled))
    ) { m in
      maxPoolBackward(
        m.gradients[0], yGradient: m.resultGradient.floats, y: m.result, x: m.inputs[0].floats,
        patches: patches, window)
    }
    return KernelCase(
      .maxPool, inputs: [KernelPart("x", count, gradient: .target)],
      result: [KernelPart("y", pooled)], passes: [forward, backward])
  }

  /// The receptive fields of one patch, and their gradients folded back.
  public static func windows(_ window: WindowGeometry) -> KernelCase {
    let count = window.outputPositions * window.fieldCount
    let forward = KernelPass.forward("1 patch", .traffic(bytes: 4 * Double(count))) { m in
      unfold(m.inputs[0].floats, into: m.result, window)
    }
    let backward = KernelPass.backward("1 patch", .traffic(bytes: 8 * Double(count))) { m in
      fold(m.resultGradient.floats, addingTo: m.gradients[0].pointer, window)
    }
    return KernelCase(
      .windows, inputs: [KernelPart("x", window.inputCount, gradient: .sum)],
      result: [KernelPart("fields", count)], passes: [forward, backward])
  }
}
