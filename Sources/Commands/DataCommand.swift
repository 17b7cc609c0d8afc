// musiq-dist data synth | index; the commands over label files are in DataImportCommand.swift and
// DataManifestCommands.swift.

import ArgumentParser
import Foundation
import ImageData
import Labels
import RunConfig
import SyntheticImages
import Training

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Make and prepare data sets.",
    subcommands: [
      Import.self, Split.self, Stats.self, Check.self, Index.self, Synth.self,
    ])

  struct Synth: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Render a labelled set of JPEG files.",
      discussion: """
        Examples:
          musiq-dist data synth --kind classification --count 2000 -o shapes
          mpirun -n 4 musiq-dist data synth --kind quality --count 1000 -o quality

        classification: train/<class>/*.JPEG and val/<class>/*.JPEG as in ImageNet.
        quality: images/*.jpg and labels.csv with path,mos.
        """)

    @Option(help: ArgumentHelp("What to render.", valueName: "classification|quality"))
    var kind: SyntheticKind

    @Option(help: ArgumentHelp("Number of files.", valueName: "n"))
    var count: Int

    @Option(help: ArgumentHelp("Equal seeds give equal files.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Number of classes.", valueName: "n"))
    var classes = 8

    @Option(
      help: ArgumentHelp(
        "Bounds of the longer side in pixels (default: mostly 100 to 400, now and then 64 to 640).",
        valueName: "lo:hi"))
    var longerSide: SideRange?

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder to write to.", valueName: "dir"))
    var output: String

    func run() {
      let request = SynthesisRequest(
        kind: kind.label, count: count, seed: seed, output: output, classes: classes,
        longerSide: longerSide?.range)
      Launch.onRanks { world in
        let summary = try Synthesis(request).write(world: world)
        if world.rank == 0 { Launch.output(summary.description) }
        return ExitCode.success
      }
    }
  }

  struct Index: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Record path, label, height and width of every image, reading headers only.",
      discussion: """
        Examples:
          musiq-dist data index --images shapes/train -o train.index
          mpirun -n 8 musiq-dist data index --images /data/imagenet/train \\
              -o imagenet.index
          musiq-dist data index --manifest labels.csv --images photos -o quality.index

        Unreadable files are listed in the index with the reason and excluded from
        training. Images in folders below a class folder belong to the class.
        """)

    @Option(
      help: ArgumentHelp(
        "Folder of the images: one folder per class, or what the paths of --manifest are relative to.",
        valueName: "dir"))
    var images: String?

    @Option(help: ArgumentHelp("CSV with path and label or mos.", valueName: "file"))
    var manifest: String?

    @OptionGroup var columns: ColumnOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("Index file to write.", valueName: "file"))
    var output: String

    func validate() throws {
      if images == nil && manifest == nil {
        throw ValidationError("Missing expected argument '--images <dir>' or '--manifest <file>'")
      }
    }

    func run() {
      Launch.onRanks { world in
        var builder = IndexBuilder(imageRoot: manifest == nil ? nil : images)
        builder.columns = columns.names
        let opened = try builder.open(manifest ?? images ?? "", world: world)
        try world.onRoot { () throws(DataError) in try opened.index.write(to: output) }
        guard world.rank == 0 else { return ExitCode.success }
        for warning in opened.warnings { Launch.say("musiq-dist: warning: \(warning)") }
        for note in opened.notes { Launch.say("musiq-dist: note: \(note)") }
        let index = opened.index
        // Files that are no images were counted by their endings.
        let unusable = index.excluded.filter { !$0.isNoImage }
        for file in unusable.prefix(20) {
          Launch.say("musiq-dist: excluded \(file.path): \(file.reason)")
        }
        if unusable.count > 20 {
          Launch.say("musiq-dist: … and \(unusable.count - 20) more, all listed in \(output)")
        }
        Launch.output(
          "\(output): \(index.count) images, \(index.classNames.count) classes, "
            + "\(index.excluded.count) excluded, digest \(index.digest)")
        return ExitCode.success
      }
    }
  }
}

/// `classification` or `quality`
struct SyntheticKind: ExpressibleByArgument {
  let label: LabelKind

  static var allValueStrings: [String] { [LabelKind.classes, .score].map(\.setWord) }

  init?(argument: String) {
    guard Self.allValueStrings.contains(argument), let label = LabelKind(setWord: argument) else {
      return nil
    }
    self.label = label
  }
}

/// `64:160`.
struct SideRange: ExpressibleByArgument {
  let range: ClosedRange<Int>

  init?(argument: String) {
    let bounds = argument.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard bounds.count == 2, let lower = bounds[0], let upper = bounds[1], lower <= upper else {
      return nil
    }
    range = lower...upper
  }
}
