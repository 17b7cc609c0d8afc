// musiq-dist predict

import ArgumentParser
import DataParallel
import Files
import Foundation
import ImageCodecs
import Inference
import Kernels
import MUSIQ
import RunConfig
import Training

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Score images: one row each, as CSV or JSON lines.",
    discussion: """
      Examples:
        musiq-dist predict --checkpoint koniq_ckpt.npz photo.jpg more/
        find /data -name '*.jpg' -print0 | mpirun -n 8 musiq-dist predict \\
            --checkpoint last.h5 --files-from - -0 --format jsonl \\
            -o scores.jsonl --skip-existing
        musiq-dist predict --checkpoint last.h5 --sort score --fail-under 40 \\
            --strict uploads/

      CSV columns: path,score, then what the model knows: score_std (ratings),
      scale_lo,scale_hi, percentile (against the training scores), p1..pK or the
      attributes by name, then width,height,tokens,ms,status,error,model. score is in
      the units of the data set; model names the model and the settings that decide
      it. A classifier has no score: path,class,class_index,probability of the most
      probable class; JSON rows list five as top. JSON rows add logits, checkpoint,
      parameters_sha256, kind, direction (higher_better or lower_better), dct,
      exif_orient, precision, clip, salvage; beside a CSV --output these are in
      FILE.json.

      A file that cannot be scored is a row with status=error; with --salvage, one of
      which a part can be decoded has a score, status=salvaged and the damage as
      error. Rows come in the order of the inputs and do not depend on ranks, workers
      or other images. Scores can lie outside of the scale unless --clip. A .npz is
      used at full native size; a checkpoint with the native cap that it was trained
      with.

      Exit codes: 0 also with error rows; 4 if no image could be scored, for
      --skip-existing on rows of another model, with --strict or --fail-under; 5 for
      the checkpoint; 7 if its outputs are no numbers.
      """)

  @Option(help: ArgumentHelp("Checkpoint, export, or .npz with official names.", valueName: "file"))
  var checkpoint: String

  @Option(help: ArgumentHelp("Kind of rows.", valueName: "csv|jsonl"))
  var format = PredictionFormat.Kind.csv

  @Flag(help: "Look into folders of folders.") var recursive = false

  @OptionGroup var images: ImageArguments

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("File for the rows instead of standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Keep the rows that --output has, also those of other models.") var append = false

  @Flag(
    help:
      "Keep the rows that --output has, and leave out images that have a score of this model there."
  )
  var skipExisting = false

  @Option(
    help: ArgumentHelp(
      "Part i of n of the inputs, i from 1; parts in order make the whole.",
      valueName: "i/n"))
  var shard: String?

  @Option(help: ArgumentHelp("Threads per rank; 0 for all processors.", valueName: "n"))
  var workers = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Native patches of an image at most; -1 for all.", valueName: "n"))
  var maxPatches: Int?

  @Option(
    help: ArgumentHelp(
      "MiB per rank for images in work; larger ones are error rows.",
      valueName: "mib"))
  var memoryLimit: Int?

  @Option(
    help: ArgumentHelp(
      "What several outputs are, over what the model says (if nothing: 10 are ratings, other numbers classes).",
      valueName: "ratings|classes|attributes"))
  var kind: ScoreConfiguration.Kind?

  @Option(
    help: ArgumentHelp(
      "Whether JPEG files are turned as their EXIF data say; models are trained without.",
      valueName: "ignore|apply"))
  var exifOrient = DecodeOptions.OrientationPolicy.ignore

  @Option(help: ArgumentHelp("Matrix products.", valueName: "fp32|bf16"))
  var precision = Precision.fp32

  @Flag(help: "Score what can be decoded of damaged files; their status is salvaged.")
  var salvage = false

  @Flag(help: "Draw scores outside of the data set's range to its ends.") var clip = false

  @Option(
    help: ArgumentHelp("score: best first, by the model's direction.", valueName: "score"))
  var sort: Order?

  @Option(help: ArgumentHelp("Exit code 4 if a score is below.", valueName: "x"))
  var failUnder: Float?

  @Flag(help: "Exit code 4 if an image could not be scored.") var strict = false

  enum Order: String, ExpressibleByArgument { case score }

  func validate() throws {
    if images.isEmpty {
      throw ValidationError("Missing expected argument '<path>' or '--files-from <file>'")
    }
    if workers < 0 { throw ValidationError("--workers: expected 0 or more, found \(workers)") }
    if let maxPatches, maxPatches < -1 || maxPatches == 0 {
      throw ValidationError("--max-patches: expected 1 or more, or -1, found \(maxPatches)")
    }
    if let memoryLimit, memoryLimit < 1 {
      throw ValidationError("--memory-limit: expected 1 MiB or more, found \(memoryLimit)")
    }
    if (append || skipExisting) && output == nil {
      throw ValidationError("--append and --skip-existing need '--output <file>'")
    }
    if sort != nil && skipExisting {
      throw ValidationError("--sort and --skip-existing do not go together")
    }
    if kind == .fixed(.score) || kind == .auto {
      throw ValidationError("--kind: expected ratings, classes or attributes")
    }
    if let shard, part(shard) == nil {
      throw ValidationError("--shard: expected i/n with 1 ≤ i ≤ n, found '\(shard)'")
    }
  }

  func run() {
    Launch.onRanks { world in
      var overrides: [String] = []
      if let maxPatches { overrides = ["model.multiscale.nativePatchCap=\(maxPatches)"] }
      let stored = try StoredModel(checkpoint, overrides: overrides)
      var options = PredictionOptions()
      options.workers = workers
      options.memoryLimit = memoryLimit.map { $0 << 20 }
      options.tooLargeAdvice = " (--memory-limit); --max-patches bounds the native scale"
      (options.head, options.orientation) = (kind, exifOrient)
      options.salvages = salvage
      options.precision = try usablePrecision(precision, world: world)
      if options.precision != precision, world.rank == 0 {
        Launch.say("musiq-dist: \(bfloat16Notice)")
      }
      let format = makeFormat(stored, options)
      if clip && !format.hasScale {
        throw CommandError(
          "--clip: the model in \(checkpoint) does not know the range of its scores; store it with "
            + "`checkpoint import … --set model.score.range=[LOWEST,HIGHEST]`",
          kind: .configuration)
      }
      if !format.hasScore && (sort != nil || failUnder != nil) {
        throw CommandError(
          "\(sort != nil ? "--sort score" : "--fail-under"): the model in \(checkpoint) has classes, "
            + "which have no score",
          kind: .configuration)
      }
      if !format.hasScore, format.score.names.isEmpty, world.rank == 0 {
        ImageArguments.warnOfUnnamedClasses(in: checkpoint)
      }
      // The first rank alone sees the inputs and writes the rows.
      var sink: PredictionOutput?
      let items = try world.onRoot { () throws(CommandError) in
        do {
          let items = try collect(format)
          sink = try makeOutput(format)
          return items
        } catch { throw CommandError(error, otherwise: .data) }
      }

      let pass = try PredictionPass(stored, options: options, world: world)
      var tally = Tally()
      var sorted: [PredictionRow] = []
      let report = PassReport("scored", of: items.count, isFirst: world.rank == 0)
      try pass(items) { row in
        tally.count(row, failUnder: failUnder)
        report.update(tally.scored + tally.failed)
        guard sort == nil else {
          sorted.append(row)
          return true
        }
        return try sink?.write(format.line(row)) ?? true
      }
      report.end()
      for row in PredictionRow.bestFirst(sorted, lowerIsBetter: format.score.lowerIsBetter)
      where !(try sink?.write(format.line(row)) ?? true) { break }
      if world.rank == 0 {
        Launch.say("musiq-dist: \(tally.scored) scored, \(tally.failed) not, of \(items.count)")
      }
      // Only rank 0 has seen the rows; all ranks end alike.
      try world.onRoot { () throws(NonFiniteModel) in
        if let first = tally.firstNotFinite {
          throw .outputs(model: checkpoint, count: tally.notFinite, first: first)
        }
      }
      try world.onRoot { () throws(PredictionError) in
        if tally.scored == 0, let first = tally.firstFailure {
          throw .nothingScored(count: tally.failed, first: first.path, reason: first.reason)
        }
      }
      let isBad = strict && tally.failed > 0 || tally.under > 0
      return try world.anyRank(isBad) ? ExitCode.data : ExitCode.success
    }
  }

  private func makeFormat(
    _ stored: StoredModel, _ options: PredictionOptions
  ) -> PredictionFormat {
    var model = PredictionModel(stored)
    model.orientation = exifOrient.rawValue
    model.precision = options.precision.rawValue
    model.isClipped = clip
    model.isSalvaging = salvage
    return PredictionFormat(
      format, score: stored.score(head: kind),
      outputCount: stored.configuration.model.outputCount, model: model)
  }

  private struct Tally {
    var (scored, failed, under, notFinite) = (0, 0, 0, 0)
    var firstFailure: (path: String, reason: String)?
    var firstNotFinite: String?

    mutating func count(_ row: PredictionRow, failUnder: Float?) {
      guard let score = row.score else {
        failed += 1
        if case .failed(let reason) = row.outcome, firstFailure == nil {
          firstFailure = (row.path, reason)
        }
        if row.isNotFinite {
          notFinite += 1
          firstNotFinite = firstNotFinite ?? row.path
        }
        return
      }
      scored += 1
      if let failUnder, score < failUnder { under += 1 }
    }
  }

  /// The images to score, found by rank 0.
  private func collect(_ format: PredictionFormat) throws -> [PredictionInputs.Item] {
    let inputs = try images.inputs(recursive: recursive)
    for folder in inputs.foldersWithoutImages where !inputs.items.isEmpty {
      Launch.say("musiq-dist: warning: no images in \(folder)\(folderAdvice)")
    }
    var items = inputs.items
    guard !items.isEmpty else {
      throw CommandError("no images in \(images.description)\(folderAdvice)", kind: .data)
    }
    if let (i, n) = shard.flatMap({ part($0) }) {
      items = Array(items[items.count * (i - 1) / n..<items.count * i / n])
    }
    if skipExisting, let output {
      let existing = try PredictionOutput.existing(output, format: format)
      if !append, !existing.otherModels.isEmpty {
        throw PredictionError.otherModel(
          path: output, found: existing.otherModels, own: "\(format.identity)",
          checkpoint: checkpoint)
      }
      items.removeAll { existing.scored.contains(FileName($0.path)) }
    }
    return items
  }

  private var folderAdvice: String {
    recursive ? "" : "; --recursive looks into folders of folders"
  }

  private func makeOutput(_ format: PredictionFormat) throws -> PredictionOutput {
    var sink = PredictionOutput()
    if let output {
      sink = try PredictionOutput(
        path: output, appending: append || skipExisting, format: format)
      try sink.writeSidecar(format)
    }
    if sink.isEmpty, let header = format.header { _ = try sink.write(header) }
    return sink
  }

  /// 2 and 4 of "2/4".
  private func part(_ text: String) -> (Int, Int)? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let i = parts[0], let n = parts[1], (1...max(n, 1)).contains(i), n > 0
    else { return nil }
    return (i, n)
  }
}

extension PredictionFormat.Kind: ExpressibleByArgument {}
extension ScoreConfiguration.Kind: ExpressibleByArgument {}
extension DecodeOptions.OrientationPolicy: ExpressibleByArgument {}
