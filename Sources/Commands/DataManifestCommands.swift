// musiq-dist data split | stats | check

import ArgumentParser
import DatasetReaders
import Files
import Foundation
import ImageData
import Labels
import MPI
import RunConfig
import Tables
import Training

extension DataCommand {
  struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Split a manifest at random into train, validation and test.",
      discussion: """
        Examples:
          musiq-dist data split spaq.csv --ratio 8:0:2 -o spaq-split.csv
          musiq-dist data split kadid.csv --ratio 6:2:2 --count 10 --group-by group \\
              -o kadid-split.csv

        One split is the column split; --count 10 writes ratio622_seed0_split_01 to _10,
        named as in pyiqa. Rows of a group stay together: the column group if there is
        one, else another named with --group-by. The same ratio, seed and paths give the
        same parts, in any order of rows. A table that has the column already is
        refused, unless --replace replaces it.
        """)

    @Argument(help: ArgumentHelp("Manifest.", valueName: "manifest")) var manifest: String

    @Option(help: ArgumentHelp("Shares of train, validation and test.", valueName: "a:b[:c]"))
    var ratio: SplitRatio

    @Option(help: ArgumentHelp("Equal seeds give equal splits.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Number of independent splits.", valueName: "n")) var count = 1

    @Option(
      help: ArgumentHelp(
        "Column whose equal values stay together, or none (default: group if there is one).",
        valueName: "column|none"))
    var groupBy: String?

    @Flag(help: "Replace the column of a split that is there.") var replace = false

    @OptionGroup var columns: ColumnOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("Manifest to write.", valueName: "file"))
    var output: String

    func validate() throws {
      guard (1...999).contains(count) else {
        throw ValidationError("--count: expected 1 to 999, found \(count)")
      }
    }

    func run() {
      Launch.byFirstProcess {
        var table = try TextTable(manifest: manifest, columns: columns.names, world: nil)
        let usual = table.column("group").map { table.header[$0] }
        let group = groupBy == "none" ? nil : groupBy ?? usual
        let split = ManifestSplit(
          ratio: ratio, seed: seed, count: count, groupColumn: group, replaces: replace)
        let summaries = try split.apply(to: &table)
        try table.write(to: output)
        if let group {
          Launch.say("note: \(summaries[0].groups) groups of '\(group)' stay together")
        }
        for summary in summaries {
          Launch.output(
            "\(output): \(summary.column): train \(summary.rows[0]), "
              + "validation \(summary.rows[1]), test \(summary.rows[2])")
        }
        return ExitCode.success
      }
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show labels, parts and image sizes of a manifest.",
      discussion: """
        Examples:
          musiq-dist data stats koniq.csv --images /data/koniq10k
          mpirun -n 8 musiq-dist data stats ava.csv --images /data/AVA

        Reads headers of images only. Tokens are those of the published scales 224, 384
        and native. Exit code 4 if no image can be read.
        """)

    @OptionGroup var input: ManifestOptions

    func run() {
      Launch.onRanks { world in
        let manifest = try Manifest(input.table(world: world))
        let report = try manifest.report()
        let files = try ManifestFiles(
          paths: manifest.paths, root: input.root, decodes: false, workers: input.threads,
          world: world)
        let isUseless = files.bad.count == manifest.paths.count
        let code = isUseless ? ExitCode.data : ExitCode.success
        guard world.rank == 0 else { return code }
        for line in report + files.report() { Launch.output(line) }
        if let first = files.bad.first {
          Launch.say(
            (isUseless ? "musiq-dist: error: " : "warning: ")
              + "\(files.bad.count) of \(manifest.paths.count) images cannot be read, the first is "
              + "'\(first.path)': \(first.reason)"
              + (isUseless ? "; give their folder with --images" : ""))
        }
        return code
      }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Check that all images of a manifest can be read, and that its parts are disjoint.",
      discussion: """
        Examples:
          musiq-dist data check koniq.csv --images /data/koniq10k
          mpirun -n 8 musiq-dist data check ava.csv --images /data/AVA --decode \\
              --fix-list bad.txt

        Exit code 4 if a file is missing or unreadable, a file is there twice, under one
        path or several, or a group is in several parts. The first 20 bad files are
        printed; --fix-list gets all, a path per line.
        """)

    @OptionGroup var input: ManifestOptions

    @Flag(help: "Decode all pixels, not only headers.") var decode = false

    @Option(help: ArgumentHelp("File for the paths of bad files.", valueName: "file"))
    var fixList: String?

    func run() {
      Launch.onRanks { world in
        let manifest = try Manifest(input.table(world: world))
        let files = try ManifestFiles(
          paths: manifest.paths, root: input.root, decodes: decode, workers: input.threads,
          world: world)
        let shared = try ManifestFiles.oneFileOfSeveralNames(
          paths: manifest.paths, root: input.root, workers: input.threads, world: world)
        let contradictions = manifest.contradictions(rowsOfOneFile: shared)
        let isSound = files.bad.isEmpty && contradictions.isEmpty
        let code = isSound ? ExitCode.success : ExitCode.data
        if let fixList {
          try world.onRoot { () throws(TableError) in try files.writeList(to: fixList) }
        }
        guard world.rank == 0 else { return code }
        for file in files.bad.prefix(20) { Launch.output("\(file.path): \(file.reason)") }
        if files.bad.count > 20 { Launch.output("… and \(files.bad.count - 20) more") }
        for contradiction in contradictions { Launch.output(contradiction.words) }
        Launch.output(
          "\(input.manifest): \(manifest.paths.count) files, \(files.bad.count) bad"
            + (isSound ? ", ok" : ""))
        return code
      }
    }
  }
}

/// What `stats` and `check` read.
struct ManifestOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Manifest.", valueName: "manifest")) var manifest: String

  @OptionGroup var columns: ColumnOptions

  @Option(
    help: ArgumentHelp(
      "Folder that paths are relative to (default: that of the manifest).", valueName: "dir"))
  var images: String?

  @Option(help: ArgumentHelp("Threads per rank; 0 for all processors.", valueName: "n"))
  var workers = 0

  var root: String { images ?? FilePath.directory(of: manifest) }

  /// The manifest on every rank.
  /// - Collective.
  func table(world: Communicator) throws -> TextTable {
    try TextTable(manifest: manifest, columns: columns.names, world: world)
  }

  var threads: Int { workers > 0 ? workers : ProcessInfo.processInfo.activeProcessorCount }

  func validate() throws {
    if workers < 0 { throw ValidationError("--workers: expected 0 or more, found \(workers)") }
  }
}

extension SplitRatio: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
