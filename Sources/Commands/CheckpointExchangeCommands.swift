// musiq-dist checkpoint import | export | diff

import ArgumentParser
import Checkpoints
import Foundation
import Inference
import ModelExchange
import RunConfig
import Training

extension CheckpointCommand {
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a checkpoint from a .npz with official names.",
      discussion: """
        Examples:
          musiq-dist checkpoint import koniq_ckpt.npz -o koniq.h5
          musiq-dist checkpoint import imagenet_pretrain.npz -o start.h5 --allow head \\
              --set model.outputCount=1

        The model follows from the shapes. Prints what matched, is missing, has another
        shape, is unknown, or was ignored (optimizer state and statistics). Exit code 5
        for a file that is damaged or does not fit, unless --allow names the parameters;
        these keep initial values.
        """)

    @Option(
      name: .shortAndLong, help: ArgumentHelp("Checkpoint to write, *.h5.", valueName: "file"))
    var output: String

    @Option(
      help: ArgumentHelp(
        "Parameters that may be missing or have another shape, for example head; repeatable.",
        valueName: "name"))
    var allow: [String] = []

    @Option(
      name: .customLong("set"),
      help: ArgumentHelp("A value of the new configuration; repeatable.", valueName: "key=value"))
    var overrides: [String] = []

    @Argument(help: ArgumentHelp("File with official names.", valueName: "npz")) var input: String

    func validate() throws {
      guard output.hasSuffix(".h5") else {
        throw ValidationError("--output: expected a name that ends in .h5, found '\(output)'")
      }
    }

    func run() {
      Launch.onRanks { world in
        let stored = try StoredModel(input, overrides: overrides, allowing: allow) { report in
          if world.rank == 0 { Launch.output("\(input): \(report)") }
        }
        let written = try stored.writeCheckpoint(to: output, world: world)
        if world.rank == 0 {
          Launch.output(
            "\(written.path): \(stored.model.layout.parameterCount) parameters, \(written.bytes) bytes, "
              + "parameters \(stored.digest)")
        }
        return ExitCode.success
      }
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the parameters of a checkpoint for other programs.",
      discussion: """
        Examples:
          musiq-dist checkpoint export last.h5 -o last.npz
          musiq-dist checkpoint export last.h5 -o last.safetensors --names pyiqa

        .npz: float32 arrays opt/target/<official name>, as the official code and NumPy
        read them. .safetensors: official names, or those of pyiqa with PyTorch's
        layouts.
        """)

    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("File to write; its ending is the format.", valueName: "npz|safetensors"))
    var output: String

    @Option(help: ArgumentHelp("Names and layouts.", valueName: "official|pyiqa"))
    var names = ExportNames.official

    @Argument(help: ArgumentHelp("Checkpoint, or .npz.", valueName: "file")) var input: String

    func validate() throws {
      guard let format = StoredModel.ExportFormat(path: output) else {
        throw ValidationError(
          "--output: expected a name that ends in .npz or .safetensors, found '\(output)'")
      }
      if format == .npz && names != .official {
        throw ValidationError("--names \(names.rawValue): .npz files have official names only")
      }
    }

    func run() {
      Launch.alone {
        guard let format = StoredModel.ExportFormat(path: output) else { return ExitCode.usage }
        let stored = try StoredModel(input)
        try stored.export(to: output, as: format, names: names)
        Launch.output(
          "\(output): \(stored.model.layout.entries.count) tensors, "
            + "\(stored.model.layout.parameterCount) parameters")
        return ExitCode.success
      }
    }
  }

  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Name the tensors that differ between two checkpoints, or .npz files.",
      discussion: """
        Example:
          musiq-dist checkpoint diff a.h5 b.h5

        Compares bits; moments too when both files have them. Configurations are
        compared as well. Exit code 0 when all tensors are equal, 1 when some differ (as
        diff and cmp), else as always.
        """)

    @Argument(help: ArgumentHelp("First file.", valueName: "a")) var first: String
    @Argument(help: ArgumentHelp("Second file.", valueName: "b")) var second: String

    func run() {
      Launch.alone {
        let (a, b) = (try WeightFile(first), try WeightFile(second))
        let differences = try a.differences(from: b)
        for difference in differences { Launch.output(difference.description) }
        if let x = a.configuration, let y = b.configuration, x != y {
          let before = try RunConfiguration.read(yaml: x, named: first)
          let after = try RunConfiguration.read(yaml: y, named: second)
          for change in before.differences(from: after) {
            Launch.output(
              "configuration \(change.path): \(brief(change.this)) against \(brief(change.other))")
          }
        }
        Launch.output(
          differences.isEmpty ? "all tensors are equal" : "\(differences.count) tensors differ")
        return differences.isEmpty ? ExitCode.success : ExitCode.unexpected
      }
    }

    /// The beginning of a long value: a classifier has a thousand names.
    private func brief(_ text: String) -> String {
      text.count > 120 ? "\(text.prefix(120))…" : text
    }
  }
}

extension ExportNames: ExpressibleByArgument {}
