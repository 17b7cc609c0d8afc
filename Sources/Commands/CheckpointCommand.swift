// musiq-dist checkpoint show | verify | digest (import, export, diff: CheckpointExchangeCommands.swift)

import ArgumentParser
import Checkpoints
import Foundation
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
      abstract: "Print position, shapes, norms and configuration.",
      discussion: """
        Example:
          musiq-dist checkpoint show last.h5
        """)

    @Flag(name: .customLong("configuration"), help: "Print the resolved configuration too.")
    var showsConfiguration = false

    @Argument(help: ArgumentHelp("Checkpoints.", valueName: "file")) var files: [String]

    func run() {
      Launch.alone {
        for path in files {
          let file = try CheckpointFile(path)
          Launch.output(try describe(file))
          if showsConfiguration { Launch.output(file.state.configuration) }
        }
        return ExitCode.success
      }
    }

    private func describe(_ file: CheckpointFile) throws -> String {
      let s = file.state
      let count = file.parameters.reduce(0) { $0 + $1.count }
      var lines = [
        file.path,
        "  step \(s.step), epoch \(s.epoch), \(s.cursor) samples into it, seed \(s.seed)",
        "  \(s.optimizerKind), \(s.optimizerStep) updates, moments: "
          + file.moments.joined(separator: ", "),
        "  \(count) parameters in \(file.parameters.count) tensors",
        "  written by \(s.program) on \(s.worldSize) ranks, \(s.createdAt)",
      ]
      for measured in try file.measure() where measured.tensor.group == "parameters" {
        let shape = measured.tensor.shape.map(String.init).joined(separator: "×")
        let note = measured.isIntact ? "" : "  DAMAGED"
        lines.append(
          "  \(measured.tensor.name)  \(shape)  norm \(fixed(measured.norm, 6))\(note)")
      }
      return lines.joined(separator: "\n")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Compare all values of checkpoints or .npz files with their checksums; 5 for a damaged file.",
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
            // Opening a .npz reads and compares all of its arrays.
            var damaged: [String] = []
            if case .checkpoint(let file) = try WeightFile(path) { damaged = try file.verify() }
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
