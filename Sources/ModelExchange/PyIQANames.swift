// The names and layouts of the PyTorch port in pyiqa, from the official ones.

import Tensors

/// A parameter as another program wants it.
struct PyIQATensor {
  let name: String
  let shape: [Int]
  let source: ParameterLayout.Entry
  private let reordering: Reordering

  private enum Reordering {
    case none
    /// `[rows, columns]` → `[columns, rows]`.
    case transposed(rows: Int, columns: Int)
    /// Kernel positions × inputs × outputs → outputs × inputs × positions: HWIO to OIHW.
    case outputsFirst(positions: Int, inputs: Int, outputs: Int)
  }

  /// The parameter as it is.
  init(unchanged entry: ParameterLayout.Entry) {
    (name, shape, source, reordering) = (entry.name, entry.shape, entry, .none)
  }

  /// Convolutions OIHW, norms flat, dense kernels transposed, heads joined, scale embedding without its
  /// first axis.
  init(_ entry: ParameterLayout.Entry) {
    source = entry
    name = Self.name(entry.name, outputs: entry.shape.last ?? 1)
    let shape = entry.shape
    if entry.name.hasSuffix("/kernel"), shape.count == 4 {
      self.shape = [shape[3], shape[2], shape[0], shape[1]]
      reordering = .outputsFirst(
        positions: shape[0] * shape[1], inputs: shape[2], outputs: shape[3])
    } else if entry.name.hasSuffix("/kernel") {
      // `out` keeps heads apart among its inputs, query, key and value among their outputs.
      let rows = entry.name.hasSuffix("out/kernel") ? shape.dropLast().reduce(1, *) : shape[0]
      let columns = entry.count / max(rows, 1)
      self.shape = [columns, rows]
      reordering = .transposed(rows: rows, columns: columns)
    } else {
      let keepsShape = ["/cls", "/pos_embedding", "/slot_embedding"].contains {
        entry.name.hasSuffix($0)
      }
      self.shape =
        keepsShape
        ? shape
        : entry.name.hasSuffix("/scale_embedding") ? Array(shape.dropFirst()) : [entry.count]
      reordering = .none
    }
  }

  /// The values in the order of `shape`.
  func values(in store: ParameterStore) -> [Float] {
    let values = store.buffer[source.range]
    return (0..<values.count).map { values[place(of: $0)] }
  }

  /// Puts values in the order of `shape` back to where they came from.
  /// - Precondition: as many as the parameter has.
  func restore(_ values: [Float], into store: ParameterStore) {
    let target = store[source.name]
    precondition(
      values.count == target.count, "expected \(target.count) values, got \(values.count)")
    for (index, value) in values.enumerated() { target[place(of: index)] = value }
  }

  /// Where in the official order the value stands that is at `index` in the order of `shape`.
  private func place(of index: Int) -> Int {
    switch reordering {
    case .none: return index
    case .transposed(let rows, let columns): return index % rows * columns + index / rows
    case .outputsFirst(let positions, let inputs, let outputs):
      let (output, rest) = index.quotientAndRemainder(dividingBy: inputs * positions)
      let (input, position) = rest.quotientAndRemainder(dividingBy: positions)
      return (position * inputs + input) * outputs + output
    }
  }

  /// Parts of official names and what they are called in pyiqa; the first match counts.
  private static let parts: [(official: String, port: String)] = [
    ("block1/unit1/", "block1."), ("LayerNorm_0", "norm1"), ("LayerNorm_2", "norm2"),
    ("MultiHeadDotProductAttention_1/", "attention."), ("MlpBlock_3/Dense_0", "mlp.fc1"),
    ("MlpBlock_3/Dense_1", "mlp.fc2"),
    ("posembed_input/pos_embedding", "posembed_input.position_emb"),
    // The port knows hashed positions only; its way of naming, for our table.
    ("posembed_input/slot_embedding", "posembed_input.slot_emb"),
    ("scaleembed_input/scale_embedding", "scaleembed_input.scale_emb"),
    ("Transformer/encoderblock_", "transformer_encoder.transformer.encoderblock_"),
    ("Transformer/", "transformer_encoder."),
  ]

  /// - Parameter outputs: last axis of the shape; a head of several outputs is a sequence there.
  private static func name(_ official: String, outputs: Int) -> String {
    if official.hasPrefix("head/") {
      let layer = outputs > 1 ? "head.0" : "head"
      return layer + (official.hasSuffix("kernel") ? ".weight" : ".bias")
    }
    var name = official
    for (part, port) in parts {
      if let range = name.firstRange(of: part) { name.replaceSubrange(range, with: port) }
    }
    for ending in ["/kernel", "/scale"] where name.hasSuffix(ending) {
      name = name.dropLast(ending.count) + "/weight"
    }
    return String(name.map { $0 == "/" ? "." : $0 })
  }
}
