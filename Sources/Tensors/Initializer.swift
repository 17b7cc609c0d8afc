// The initial distributions of the official model (flax.nn initializers).

#if canImport(Glibc)
  import Glibc
#endif

func logarithm(_ x: Double) -> Double { log(x) }
func cosine(_ x: Double) -> Double { cos(x) }

/// How a parameter is drawn before the first step.
public enum Initializer: Sendable, Equatable {
  case zeros
  case ones
  /// N(0, deviation²).
  case normal(deviation: Float)
  /// Normal of variance 1 / fanIn, truncated at two standard deviations and rescaled by
  /// 1 / 0.87962566 so that the variance after truncation is right (flax `lecun_normal`).
  case lecunNormal
  /// Uniform in ±√(6 / (fanIn + fanOut)) with the fans of the matrix the kernel is used as (flax
  /// `xavier_uniform`). Attention kernels `[D, H, K]` count as D × D.
  case xavierUniform(fanIn: Int, fanOut: Int)

  /// Fills `values` of a parameter of the given shape. For `lecunNormal` the last axis is the
  /// output and all others are the fan in (HWIO convolutions and [in, out] matrices alike).
  func fill(
    _ values: UnsafeMutableBufferPointer<Float>, shape: [Int], from random: inout RandomStream
  ) {
    switch self {
    case .zeros:
      values.update(repeating: 0)
    case .ones:
      values.update(repeating: 1)
    case .normal(let deviation):
      for i in values.indices { values[i] = Float(random.normal()) * deviation }
    case .lecunNormal:
      let fanIn = shape.dropLast().reduce(1, *)
      let deviation = (1 / Double(fanIn)).squareRoot() / 0.87962566103423978
      for i in values.indices {
        var draw = random.normal()
        while abs(draw) > 2 { draw = random.normal() }
        values[i] = Float(draw * deviation)
      }
    case .xavierUniform(let fanIn, let fanOut):
      let limit = (6 / Double(fanIn + fanOut)).squareRoot()
      for i in values.indices { values[i] = Float(random.uniform(in: -limit...limit)) }
    }
  }
}
