// musiq-dist data import

import ArgumentParser
import DatasetReaders
import Foundation
import ImageData
import RunConfig
import Training

extension DataCommand {
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a manifest from the label files of a data set as it is shipped.",
      discussion: """
        Examples:
          musiq-dist data import koniq --root /data/koniq10k -o koniq.csv
          musiq-dist data import spaq --root /data/SPAQ -o spaq.csv
          musiq-dist data import ava --root /data/AVA -o ava.csv --skip-missing
          musiq-dist data import pyiqa --root /data/koniq10k -o koniq.csv \\
              --labels meta_info_KonIQ10kDataset.csv \\
              --split-column ratio802_seed123_split_01
          musiq-dist data import csv --root photos --labels votes.csv \\
              --mos-column rating --mos-range 1:5 -o photos.csv

        koniq    koniq10k_distributions_sets.csv (MOS 0-100, official split), or
                 koniq10k_scores_and_distributions.csv (MOS_zscore; MOS with
                 --mos-range 1:5)
        spaq     Annotations/MOS and Image attribute scores.xlsx; five attributes
        paq2piq  labels_image.csv with labels640.csv as test; or
                 --labels labels_patch.csv
        ava      AVA.txt with aesthetics_image_lists/generic_test.jpgl; ratings
                 c1 to c10
        kadid    dmos.csv                    tid2013  mos_with_names.txt
        pipal    Train_Label/*.txt           pyiqa    meta_info_*.csv
        csv      any table with a header: --labels FILE.csv or .xlsx

        The manifest has the columns path (below --root), mos, and std, split, group,
        ratings and attributes where the set has them. Statistics of the scores go to
        stderr. Scores on another scale than the set has, and images that are not there,
        are refused with exit code 4.
        """)

    @Argument(
      help: ArgumentHelp(
        "The data set.",
        valueName: "koniq|spaq|paq2piq|ava|kadid|tid2013|pipal|pyiqa|csv"))
    var kind: DatasetKind

    @Option(help: ArgumentHelp("Folder of the data set.", valueName: "dir")) var root: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Manifest to write.", valueName: "file"))
    var output: String

    @Option(
      help: ArgumentHelp(
        "Label file, if it has another name or there are several.", valueName: "file"))
    var labels: String?

    @Option(help: ArgumentHelp("Folder of the images below --root.", valueName: "dir"))
    var images: String?

    @Option(help: ArgumentHelp("Column of the scores.", valueName: "name"))
    var mosColumn: String?

    @Option(
      help: ArgumentHelp("Range of the scores, instead of the set's own.", valueName: "lo:hi"))
    var mosRange: ScoreRange?

    @Option(help: ArgumentHelp("Column that becomes split.", valueName: "name"))
    var splitColumn: String?

    @Flag(
      help: "Keep more of what the set knows: SPAQ scenes, KonIQ indicators, AVA tags, patches.")
    var attributes = false

    @Flag(help: "Leave out rows whose images are not there.") var skipMissing = false

    @Option(help: ArgumentHelp("Chooses AVA's validation part.", valueName: "n"))
    var seed: UInt64 = 0

    func run() {
      Launch.byFirstProcess {
        var request = ImportRequest(kind: kind, root: root)
        request.labels = labels
        request.images = images
        request.scoreColumn = mosColumn
        request.splitColumn = splitColumn
        request.range = mosRange?.range
        request.includesAttributes = attributes
        request.skipsMissing = skipMissing
        request.seed = seed
        let manifest = try DatasetImport(request).run { Launch.say($0.words) }
        try manifest.table.write(to: output)
        let parts = manifest.splitCounts.map { counts in
          ", " + counts.map { "\($0.split.rawValue) \($0.count)" }.joined(separator: ", ")
        }
        Launch.output(
          "\(output): \(manifest.table.rows.count) rows\(parts ?? ""), "
            + "\(manifest.missing.count) left out, digest \(manifest.table.digest)")
        return ExitCode.success
      }
    }
  }
}

/// `1:5`
struct ScoreRange: ExpressibleByArgument {
  let range: ClosedRange<Double>

  init?(argument: String) {
    let ends = argument.split(separator: ":").map { Double($0) ?? .nan }
    guard ends.count == 2, ends.allSatisfy(\.isFinite), ends[0] < ends[1] else { return nil }
    range = ends[0]...ends[1]
  }
}

extension DatasetKind: ExpressibleByArgument {}
