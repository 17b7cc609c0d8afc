// From patch embeddings to encoder input (patent eq. 5):
//   z₀ = [class token; E_p + T[spatial index] + Q[scale index]]  for each image.
// A model without one of the tables T and Q passes nil: nothing is added and no index read.
// patches: [rows, columns], images one after another by `offsets` (imageCount + 1);
// y: [rows + imageCount, columns]; spatial: [positions, columns]; scale: [S, columns]; classToken:
// [columns].

/// Where each image's rows lie and which embedding rows its tokens use.
public struct TokenIndices {
  public let offsets: UnsafePointer<Int>
  public let imageCount: Int
  public let spatial: UnsafePointer<Int32>
  public let scale: UnsafePointer<Int32>
  public init(
    offsets: UnsafePointer<Int>, imageCount: Int, spatial: UnsafePointer<Int32>,
    scale: UnsafePointer<Int32>
  ) {
    (self.offsets, self.imageCount) = (offsets, imageCount)
    (self.spatial, self.scale) = (spatial, scale)
  }
}

/// The learned vectors, each `[columns]`: of every position, of every scale, and of the class
/// token.
public struct TokenVectors {
  let spatial: Values?
  let scale: Values?
  let classToken: Values
  public init(spatial: Values?, scale: Values?, classToken: Values) {
    (self.spatial, self.scale, self.classToken) = (spatial, scale, classToken)
  }
}

/// y = the token sequence of every image, class token first, without position or scale for it.
public func embedTokensForward(
  y: MutableValues, patches: Values, vectors: TokenVectors, indices: TokenIndices, columns: Int
) {
  let (spatial, scale, classToken) = (vectors.spatial, vectors.scale, vectors.classToken)
  for image in 0..<indices.imageCount {
    let rows = indices.offsets[image]..<indices.offsets[image + 1]
    copy(classToken, to: y + (rows.lowerBound + image) * columns, count: columns)
    for row in rows {
      let position = spatial.map { $0 + Int(indices.spatial[row]) * columns }
      let level = scale.map { $0 + Int(indices.scale[row]) * columns }
      let target = y + (row + image + 1) * columns
      sweep(columns) { i, lanes in
        var sum = load(patches + row &* columns + i, lanes)
        if let position { sum += load(position + i, lanes) }
        if let level { sum += load(level + i, lanes) }
        store(sum, to: target + i, lanes)
      }
    }
  }
}

/// Where `embedTokensBackward` writes; all but the patches' gradient is added to.
public struct TokenGradients {
  let patches: GradientTarget
  let spatial: MutableValues?
  let scale: MutableValues?
  let classToken: MutableValues
  public init(
    patches: GradientTarget, spatial: MutableValues?, scale: MutableValues?,
    classToken: MutableValues
  ) {
    (self.patches, self.classToken) = (patches, classToken)
    (self.spatial, self.scale) = (spatial, scale)
  }
}

/// Scatters the gradient back: to the patch embeddings, and added to the tables that exist.
public func embedTokensBackward(
  _ gradients: TokenGradients, yGradient: Values, indices: TokenIndices, columns: Int
) {
  for image in 0..<indices.imageCount {
    let rows = indices.offsets[image]..<indices.offsets[image + 1]
    add(yGradient + (rows.lowerBound + image) * columns, to: gradients.classToken, count: columns)
    for row in rows {
      let upstream = yGradient + (row + image + 1) * columns
      if let spatial = gradients.spatial {
        add(upstream, to: spatial + Int(indices.spatial[row]) * columns, count: columns)
      }
      if let scale = gradients.scale {
        add(upstream, to: scale + Int(indices.scale[row]) * columns, count: columns)
      }
      copy(upstream, to: gradients.patches.advanced(by: row * columns), count: columns)
    }
  }
}
