// Maximum over square windows, padded with −∞ (TensorFlow's SAME).
// x: [patches, side, side, channels] → y: [patches, outputSide, outputSide, channels].

#if canImport(Glibc)
  import Glibc
#endif

/// y = max over the window.
public func maxPoolForward(y: MutableValues, x: Values, patches: Int, _ g: WindowGeometry) {
  forEachWindow(patches: patches, g) { output, taps in
    sweep(g.channels) { i, lanes in
      var best = Vector(repeating: -.infinity)
      taps { input in best = maximum(best, load(x + input + i, lanes)) }
      store(best, to: y + output + i, lanes)
    }
  }
}

/// Sends each gradient to the first position of its window that holds the maximum, in raster order.
public func maxPoolBackward(
  _ target: GradientTarget, yGradient: Values, y: Values, x: Values, patches: Int,
  _ g: WindowGeometry
) {
  let xGradient = target.pointer
  if !target.accumulates {
    memset(xGradient, 0, patches * g.inputCount * MemoryLayout<Float>.stride)
  }
  forEachWindow(patches: patches, g) { output, taps in
    sweep(g.channels) { i, lanes in
      let best = load(y + output + i, lanes)
      var remaining = load(yGradient + output + i, lanes)
      taps { input in
        let here = remaining.replacing(with: 0, where: load(x + input + i, lanes) .!= best)
        store(load(xGradient + input + i, lanes) + here, to: xGradient + input + i, lanes)
        remaining = remaining - here
      }
    }
  }
}

/// Calls `body(outputOffset, taps)` for every window; `taps` visits the offsets of its positions.
@inline(__always)
private func forEachWindow(
  patches: Int, _ g: WindowGeometry, _ body: (Int, (_ visit: (Int) -> Void) -> Void) -> Void
) {
  for patch in 0..<patches {
    for y in 0..<g.outputSide {
      let top = y &* g.stride &- g.paddingBefore
      for x in 0..<g.outputSide {
        let left = x &* g.stride &- g.paddingBefore
        let output = ((patch &* g.outputSide &+ y) &* g.outputSide &+ x) &* g.channels
        body(output) { visit in
          for row in max(top, 0)..<min(top &+ g.size, g.side) {
            for column in max(left, 0)..<min(left &+ g.size, g.side) {
              visit(((patch &* g.side &+ row) &* g.side &+ column) &* g.channels)
            }
          }
        }
      }
    }
  }
}
