// musiq-dist explain

import ArgumentParser
import DataParallel
import Explanation
import Figures
import Foundation
import Inference

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show where a model looks: attention maps of images on a page, embedding figures.",
    discussion: """
      Examples:
        musiq-dist explain --checkpoint koniq_ckpt.npz -o why photo.jpg
        musiq-dist explain --checkpoint last.h5 -o why photos/ photo.jpg
        musiq-dist explain --checkpoint last.h5 -o why --layer last --head 2 \\
            --cmap magma --normalize joint photo.jpg
        musiq-dist explain --checkpoint last.h5 -o why --hse --aspect-curve photo.jpg

      Folders are taken with all folders in them. Writes index.html, a page of all
      images, best first, and summary.csv, a line per image; below images/ a folder
      per image with attention_<scale>.png for every scale, panel.png, attention.npz
      (float32 maps) and attention.json; --aspect-curve adds aspect.csv and
      aspect.png. --hse writes hse.png, hse.npz and hse.json and needs no image.
      Existing files of these names are replaced. The table on standard output has
      the scales of one image: size, patches that the model sees, their part of the
      class token's attention, and the score without the scale; or a line per image.

      Rollout multiplies (A + I)/2 over all layers, A being the mean of the heads.
      Layers and heads are numbered from 0, as the parameters are. --alpha is the
      opacity of the colors. Patches beyond the native cap are hatched. EXIF
      orientation is ignored. See docs/explain.md.

      One process does the work; under mpirun that is rank 0.

      Exit codes: 0 also if some images cannot be read; 2 also for a layer or head
      that the model does not have, 4 if no image can be read, 5 for the checkpoint,
      8 for the output, or without any font.
      """)

  @Option(help: ArgumentHelp("Checkpoint, export, or .npz with official names.", valueName: "file"))
  var checkpoint: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Folder for the files.", valueName: "dir"))
  var output: String

  @Option(help: ArgumentHelp("Which attention.", valueName: "rollout|last|n"))
  var layer = "rollout"

  @Option(help: ArgumentHelp("Which heads.", valueName: "mean|k"))
  var head = "mean"

  @Option(help: ArgumentHelp("Opacity of the colors, 0 to 1.", valueName: "x"))
  var alpha: Float = 0.5

  @Option(help: ArgumentHelp("Color map.", valueName: "viridis|magma|gray"))
  var cmap = ColorMap.viridis

  @Option(
    help: ArgumentHelp(
      "Colors span the shares of each scale, or of all scales together.",
      valueName: "per-scale|joint"))
  var normalize = OverlayStyle.Normalization.perScale

  @Option(
    help: ArgumentHelp(
      "Colors between the centers of patches, or one per patch.", valueName: "smooth|patches"))
  var interpolation = OverlayStyle.Interpolation.smooth

  @Flag(inversion: .prefixedNo, help: "Score the image without each scale, too.")
  var ablation = true

  @Flag(help: "Cosines between the positions and between the scales that the model has learned.")
  var hse = false

  @Flag(
    help: "Scores of the image stretched to aspect ratios from a quarter to four times its own.")
  var aspectCurve = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Native patches of the image at most; -1 for all.", valueName: "n"))
  var maxPatches: Int?

  @Option(help: ArgumentHelp("Threads; 0 for all processors.", valueName: "n"))
  var workers = 0

  @Flag(help: "Explain what is left of damaged files, and say so.") var salvage = false

  @OptionGroup var images: ImageArguments

  private var reading: AttentionReading? {
    guard let layer = AttentionReading.Layer(layer) else { return nil }
    let index = Int(head)
    guard head == "mean" || (index ?? -1) >= 0 else { return nil }
    return AttentionReading(layer: layer, head: index)
  }

  func validate() throws {
    if images.isEmpty && !hse {
      throw ValidationError("Missing expected argument '<path>', '--files-from <file>' or '--hse'")
    }
    if images.isEmpty && aspectCurve { throw ValidationError("--aspect-curve needs images") }
    if workers < 0 { throw ValidationError("--workers: expected 0 or more, found \(workers)") }
    if !(0...1).contains(alpha) {
      throw ValidationError("--alpha: expected 0 to 1, found \(alpha)")
    }
    if AttentionReading.Layer(layer) == nil {
      throw ValidationError("--layer: expected rollout, last or a number, found '\(layer)'")
    }
    if reading == nil {
      throw ValidationError("--head: expected mean or a number, found '\(head)'")
    }
    if let maxPatches, maxPatches < -1 || maxPatches == 0 {
      throw ValidationError("--max-patches: expected 1 or more, or -1, found \(maxPatches)")
    }
  }

  func run() {
    // Without MPI: there is nothing to share, and Ctrl-C ends it at once.
    Launch.byFirstProcess {
      guard let reading else { return ExitCode.usage }
      try Figure.requireFont()
      let items = try collect()
      let overrides = maxPatches.map { ["model.multiscale.nativePatchCap=\($0)"] } ?? []
      let explainer = try Explainer(
        checkpoint: checkpoint, overrides: overrides, reading: reading, salvages: salvage)
      if explainer.hasUnnamedClasses { ImageArguments.warnOfUnnamedClasses(in: checkpoint) }
      let style = OverlayStyle(
        colors: cmap, alpha: alpha, normalization: normalize, interpolation: interpolation)
      let request = ExplanationRequest(
        reading: reading, style: style, ablates: ablation, drawsAspectCurve: aspectCurve)

      // Before the images: it may be refused.
      let similarity = hse ? try EmbeddingSimilarity(explainer) : nil
      let rows = try explain(items, explainer, request)
      // Nothing is left behind where nothing could be read.
      var files = try ExplanationFiles(output)
      if let similarity {
        try files.write(similarity, colors: cmap, explainer: explainer)
        if let table = similarity.scaleTable(explainer) { Launch.output(table) }
      }
      if !rows.isEmpty {
        let gallery = Gallery(rows, explainer: explainer, request: request, hasEmbedding: hse)
        try gallery.write(to: &files)
        Launch.output(gallery.table)
      }
      let explained = rows.count { $0.result != nil }
      let count = rows.isEmpty ? "" : "\(explained) explained, \(rows.count - explained) not; "
      Launch.say("musiq-dist: \(count)\(output): \(files.names.joined(separator: ", "))")
      return ExitCode.success
    }
  }

  private func collect() throws(CommandError) -> [PredictionInputs.Item] {
    let items = try images.inputs(recursive: true, output: output).items
    if items.isEmpty && !images.isEmpty {
      throw CommandError("no images in \(images.description)", kind: .data)
    }
    return items
  }

  private func explain(
    _ items: [PredictionInputs.Item], _ explainer: Explainer, _ request: ExplanationRequest
  ) throws -> [ExplanationRow] {
    let pass = ExplanationPass(explainer, request: request, output: output)
    var rows: [ExplanationRow] = []
    try pass(items, workers: workers > 0 ? workers : availableProcessors()) { row in
      rows.append(row)
      let count = items.count > 1 ? "\(rows.count)/\(items.count) " : ""
      switch row.outcome {
      case .explained(let result): Launch.say("musiq-dist: \(count)\(row.path): \(result.verdict)")
      case .failed(let reason) where items.count > 1:
        Launch.say("musiq-dist: \(count)\(row.path): \(reason)")
      case .failed(let reason): throw ExplanationError.unreadable(path: row.path, reason: reason)
      }
    }
    if !rows.isEmpty, rows.allSatisfy({ $0.result == nil }) {
      throw CommandError("none of \(rows.count) images could be read", kind: .data)
    }
    return rows
  }
}

extension ColorMap: ExpressibleByArgument {}
extension OverlayStyle.Normalization: ExpressibleByArgument {}
extension OverlayStyle.Interpolation: ExpressibleByArgument {}
