// Twins of the kernels that know images: token embedding and attention.

extension Naive {
  /// Row ranges of images and the width of heads, as in `AttentionShape`.
  public struct Heads: Sendable {
    public var queries, keys: [Int]
    public var heads, headSize: Int
    /// `[key rows]`, 1 valid and 0 padding.
    public var mask: [Double]?
    public var masksQueries: Bool
    public init(
      queries: [Int], keys: [Int], heads: Int, headSize: Int, mask: [Double]? = nil,
      masksQueries: Bool = false
    ) {
      (self.queries, self.keys, self.heads) = (queries, keys, heads)
      (self.headSize, self.mask, self.masksQueries) = (headSize, mask, masksQueries)
    }
  }

  /// softmax(Q Kᵀ / √K + M) V per image and head. q `[query rows, heads · headSize]`, k and v `[key
  /// rows, …]`.
  public static func attention(
    _ q: [Double], _ k: [Double], _ v: [Double], _ shape: Heads
  ) -> [Double] {
    let columns = shape.heads * shape.headSize
    var output = [Double](repeating: 0, count: q.count)
    for image in 0..<shape.queries.count - 1 {
      let keys = shape.keys[image]..<shape.keys[image + 1]
      for query in shape.queries[image]..<shape.queries[image + 1] {
        for head in 0..<shape.heads {
          let features = head * shape.headSize..<(head + 1) * shape.headSize
          let scores = keys.map { key -> Double in
            if let mask = shape.mask, mask[key] == 0 || (shape.masksQueries && mask[query] == 0) {
              return -1e10  // A Float loses the score when this is added to it.
            }
            let dot = features.reduce(0) { $0 + q[query * columns + $1] * k[key * columns + $1] }
            return dot / Double(shape.headSize).squareRoot()
          }
          for (probability, key) in zip(softmax(scores), keys) {
            for f in features { output[query * columns + f] += probability * v[key * columns + f] }
          }
        }
      }
    }
    return output
  }

  /// Per image: the class token, then patch + spatial[index] + scale[index], of the tables that exist.
  public static func embeddedTokens(
    _ patches: [Double], spatial: [Double]?, scale: [Double]?, classToken: [Double],
    offsets: [Int], spatialIndices: [Int32], scaleIndices: [Int32]
  ) -> [Double] {
    let columns = classToken.count
    var y: [Double] = []
    for image in 0..<offsets.count - 1 {
      y += classToken
      for row in offsets[image]..<offsets[image + 1] {
        for c in 0..<columns {
          var sum = patches[row * columns + c]
          if let spatial { sum += spatial[Int(spatialIndices[row]) * columns + c] }
          if let scale { sum += scale[Int(scaleIndices[row]) * columns + c] }
          y.append(sum)
        }
      }
    }
    return y
  }
}
