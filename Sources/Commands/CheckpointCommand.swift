// musiq-dist checkpoint show | verify | digest (import, export, diff: CheckpointExchangeCommands.swift)

import ArgumentParser
import Checkpoints
import Foundation
import Inference
import ModelExchange
import RunConfig
import Tables
import Training

struct CheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract: "Look into checkpoints; read and write those of other programs.",
    discussion: """
      Examples:
        musiq-dist checkpoint show runs/demo/checkpoints/step-000000600.h5
        musiq-dist checkpoint verify runs/demo/checkpoints/*.h5
        musiq-dist checkpoint digest a.h5 b.h5
        musiq-dist checkpoint import koniq_ckpt.npz -o koniq.h5
      """,
    subcommands: [
      Show.self, Verify.self, Digest.self, Diff.self, Import.self, Export.self,
    ])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print what a model is: task, state, network, precision, size, digests.",
      discussion: """
        Examples:
          musiq-dist checkpoint show last.h5
          musiq-dist checkpoint show --tensors --configuration last.h5
          musiq-dist checkpoint show --format json koniq_ckpt.npz

        Checkpoints and exports alike. Exit code 5 for a file that is damaged.
        """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @Flag(help: "Print name, shape and norm of every parameter too (checkpoints).")
    var tensors = false

    @Flag(name: .customLong("configuration"), help: "Print the resolved configuration too.")
    var showsConfiguration = false

    @Option(help: ArgumentHelp("Lines, or one JSON object per file.", valueName: "text|json"))
    var format = Format.text

    @Argument(help: ArgumentHelp("Checkpoints or exports.", valueName: "file")) var files: [String]

    func validate() throws {
      if format == .json && (tensors || showsConfiguration) {
        throw ValidationError("--format json does not go together with --tensors, --configuration")
      }
    }

    func run() {
      Launch.alone {
        var isSound = true
        for path in files {
          let summary = try ModelSummary(path, words: words(for:))
          isSound = isSound && summary.damage == nil
          if format == .json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            // A correlation of constant scores is no number.
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
              positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            Launch.output(String(decoding: try encoder.encode(summary), as: UTF8.self))
            continue
          }
          Launch.output(summary.description)
          let file = try WeightFile(path)
          if tensors, case .checkpoint(let checkpoint) = file {
            Launch.output(try norms(checkpoint))
          }
          if showsConfiguration, let text = file.configuration { Launch.output(text) }
        }
        return isSound ? ExitCode.success : ExitCode.checkpoint
      }
    }

    private func norms(_ file: CheckpointFile) throws -> String {
      try file.measure().filter { $0.tensor.group == "parameters" }.map { measured in
        let shape = measured.tensor.shape.map(String.init).joined(separator: "×")
        let note = measured.isIntact ? "" : "  DAMAGED"
        return "  \(measured.tensor.name)  \(shape)  norm \(fixed(measured.norm, 6))\(note)"
      }.joined(separator: "\n")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Compare all values of checkpoints and exports with their checksums; 5 for a damaged file.",
      discussion: """
        Example:
          musiq-dist checkpoint verify runs/demo/checkpoints/*.h5
        """)

    @Argument(help: ArgumentHelp("Checkpoints.", valueName: "file")) var files: [String]

    func run() {
      Launch.alone {
        var isSound = true
        for path in files {
          do {
            // Opening a .npz reads and compares all of its arrays; a .safetensors has one digest for all.
            var damaged: [String] = []
            switch try WeightFile(path) {
            case .checkpoint(let file): damaged = try file.verify()
            case .npz: break
            case .safetensors(let file):
              if let digest = file.digest, digest != (try StoredModel(path).unitsDigest) {
                damaged = ["values (another SHA-256 than in the metadata)"]
              }
            }
            Launch.output(
              damaged.isEmpty
                ? "\(path): ok" : "\(path): damaged: \(damaged.joined(separator: ", "))")
            isSound = isSound && damaged.isEmpty
          } catch {
            Launch.output("\(path): \(words(for: error))")
            isSound = false
          }
        }
        return isSound ? ExitCode.success : ExitCode.checkpoint
      }
    }
  }

  struct Digest: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print SHA-256 of parameters and of the whole state; equal runs have equal ones.",
      discussion: """
        Example:
          musiq-dist checkpoint digest a.h5 b.h5
        """)

    @Argument(help: ArgumentHelp("Checkpoints.", valueName: "file")) var files: [String]

    func run() {
      Launch.alone {
        for path in files {
          let digest = try CheckpointFile(path).digest()
          Launch.output("parameters \(digest.parameters)  state \(digest.state)  \(path)")
        }
        return ExitCode.success
      }
    }
  }
}
