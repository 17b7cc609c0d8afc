// musiq-dist explain

import ArgumentParser
import Explanation
import Figures
import Files
import Foundation
import RunConfig
import Training

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show where a model looks: attention maps, embedding figures, stretched copies.",
    discussion: """
      Examples:
        musiq-dist explain --checkpoint koniq_ckpt.npz -o why photo.jpg
        musiq-dist explain --checkpoint last.h5 -o why --layer last --head 2 \\
            --cmap magma --normalize joint photo.jpg
        musiq-dist explain --checkpoint last.h5 -o why --hse --aspect-curve photo.jpg

      Writes attention_<scale>.png for every scale, panel.png, attention.npz (float32
      maps) and attention.json; --hse writes hse.png, hse.npz and hse.json and needs
      no image; --aspect-curve writes aspect.csv and aspect.png. Existing files of
      these names are replaced. The table of scales goes to standard output: size,
      patches that the model sees, their part of the class token's attention, and the
      score without the scale.

      Rollout multiplies (A + I)/2 over all layers, A being the mean of the heads.
      Layers and heads are numbered from 0, as the parameters are. --alpha is the
      opacity of the colors. Patches beyond the native cap are hatched. EXIF
      orientation is ignored. See docs/explain.md.

      One process does the work; under mpirun that is rank 0.

      Exit codes: 2 also for a layer or head that the model does not have, 4 for the
      image, 5 for the checkpoint, 8 for the output.
      """)

  @Option(help: ArgumentHelp("Checkpoint, or .npz with official names.", valueName: "file"))
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

  @Argument(help: ArgumentHelp("The image.", valueName: "image")) var image: String?

  private var reading: AttentionReading? {
    guard let layer = AttentionReading.Layer(layer) else { return nil }
    let index = Int(head)
    guard head == "mean" || (index ?? -1) >= 0 else { return nil }
    return AttentionReading(layer: layer, head: index)
  }

  func validate() throws {
    if image == nil && !hse {
      throw ValidationError("Missing expected argument '<image>' or '--hse'")
    }
    if image == nil && aspectCurve { throw ValidationError("--aspect-curve needs '<image>'") }
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
    Launch.alone {
      guard Launch.isFirstProcess, let reading else { return ExitCode.success }
      try Figure.requireFont()
      let overrides = maxPatches.map { ["model.multiscale.nativePatchCap=\($0)"] } ?? []
      let explainer = try Explainer(
        checkpoint: checkpoint, overrides: overrides, reading: reading)
      // The image before the folder: a wrong name leaves nothing behind.
      let pixels = try image.map { try explainer.image($0) }
      var files = try ExplanationFiles(output)
      if let image, let pixels {
        let explanation = try explainer.explain(pixels, ablates: ablation)
        let style = OverlayStyle(
          colors: cmap, alpha: alpha, normalization: normalize, interpolation: interpolation)
        try files.write(
          explanation, of: pixels,
          request: ExplanationRequest(image: image, reading: reading, style: style),
          explainer: explainer)
        Launch.output(explanation.table)
        Launch.say("musiq-dist: \(image): \(explanation.verdict)")
        if aspectCurve {
          try files.write(
            AspectCurve(explainer, pixels), title: FilePath.name(of: image))
        }
      }
      if hse {
        let similarity = try EmbeddingSimilarity(explainer)
        try files.write(similarity, colors: cmap, explainer: explainer)
        if let table = similarity.scaleTable(explainer) { Launch.output(table) }
      }
      Launch.say("musiq-dist: \(output): \(files.names.joined(separator: ", "))")
      return ExitCode.success
    }
  }
}

extension ColorMap: ExpressibleByArgument {}
extension OverlayStyle.Normalization: ExpressibleByArgument {}
extension OverlayStyle.Interpolation: ExpressibleByArgument {}
