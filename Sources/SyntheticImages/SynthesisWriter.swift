// Writing a synthetic data set, the images shared among all ranks.

import Files
import Foundation
import MPI

/// What was written, over all ranks.
public struct SynthesisSummary: Sendable, Equatable, CustomStringConvertible {
  public let output: String
  public let files: Int
  public let bytes: Int
  public let seconds: Double

  public var description: String {
    let megabytes = (Double(bytes) / 1e5).rounded() / 10
    let time = (seconds * 10).rounded() / 10
    return "\(files) images, \(megabytes) MB in \(time) s, in \(output)"
  }
}

extension Synthesis {
  /// Writes all files: rank r renders the images i with i mod size = r; rank 0 writes the rest.
  ///
  /// Each file gets its name when it is complete. Running again with the same request gives the
  /// same bytes; a folder with anything else in it is refused.
  /// - Collective: every rank of `world` calls this with the same request; nil for one process.
  /// - Throws: `SynthesisError` on every rank if any rank fails, or `MPIError`.
  public func write(world: Communicator? = nil) throws -> SynthesisSummary {
    let start = ContinuousClock.now
    let (rank, size) = (world?.rank ?? 0, world?.size ?? 1)
    try world.onRoot { () throws(SynthesisError) in try prepare() }
    var bytes = 0
    try world.together { () throws(SynthesisError) in
      for sample in stride(from: rank, to: sampleCount, by: size) {
        let rendered = try render(sample: sample)
        try save(rendered.bytes, as: rendered.path)
        bytes += rendered.bytes.count
      }
      if rank == 0, request.kind == .score {
        try save(Array(labels().utf8), as: "labels.csv")
      }
    }
    if let world { bytes = Int(try world.allReduce(Int64(bytes), .sum)) }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return SynthesisSummary(
      output: request.output, files: sampleCount, bytes: bytes, seconds: seconds)
  }

  /// Makes the folders, and notes beside the images what they are.
  private func prepare() throws(SynthesisError) {
    let note = "README.txt"
    let present = (try? FileSystem.list(request.output)) ?? []
    if let first = present.first {
      let bytes = (try? FileSystem.read(FilePath.join(request.output, note))) ?? []
      guard String(decoding: bytes, as: UTF8.self).contains(request.record + "\n") else {
        throw .occupied(folder: request.output, found: first.name.description)
      }
    }
    var folders = ["images"]
    if request.kind == .classes {
      folders = classNames.flatMap { ["train/\($0.folder)", "val/\($0.folder)"] }
    }
    for folder in folders {
      let path = "\(request.output)/\(folder)"
      do { try FileSystem.makeDirectory(path) } catch {
        throw .unwritable(path: path, detail: error.reason)
      }
    }
    try save(Array(notes.utf8), as: note)
    if request.kind == .classes {
      let lines = classNames.map { "\($0.folder) \($0.name)\n" }
      try save(Array(lines.joined().utf8), as: "classes.txt")
    }
  }

  private var notes: String {
    var text = """
      Synthetic images, made by `musiq-dist data synth`; free to use for anything.
      \(request.record)

      """
    if request.kind == .classes {
      text += """
        ImageNet layout: train/<class>/ and val/<class>/ (every fifth image); classes.txt names the
        classes in the order of their indices.

        """
    } else {
      text += """
        labels.csv: path and mean opinion score, 0 to 100, more is better. The score is 92 - 80 s plus
        the disagreement of raters (normal, deviation 1.5); s is the severity, 0 to 1, of one of: blur,
        noise, compression, resampling, loss of contrast (image number modulo 5).

        """
    }
    return text
  }

  private func save(_ bytes: [UInt8], as path: String) throws(SynthesisError) {
    let file = "\(request.output)/\(path)"
    do { try FileSystem.replace(file, with: bytes, durable: false) } catch {
      throw .unwritable(path: file, detail: error.reason)
    }
  }
}
