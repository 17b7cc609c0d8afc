// The images that predict and explain are asked for.

import ArgumentParser
import Files
import Inference

/// Files, folders and lists of them.
struct ImageArguments: ParsableArguments {
  @Option(help: ArgumentHelp("File with a path per line; - for standard input.", valueName: "file"))
  var filesFrom: [String] = []

  @Flag(name: .customShort("0"), help: "Paths in lists end with a zero byte, not a line end.")
  var separatedByNull = false

  @Argument(help: ArgumentHelp("Files and folders.", valueName: "path")) var paths: [String] = []

  static func warnOfUnnamedClasses(in checkpoint: String) {
    Launch.say(
      "musiq-dist: warning: the model in \(checkpoint) has no names of classes: a class is its number"
    )
  }

  var isEmpty: Bool { paths.isEmpty && filesFrom.isEmpty }

  /// All that was named, for messages.
  var description: String { (paths + filesFrom).joined(separator: ", ") }

  /// The images, in the order of the arguments, those of lists last. Says what was left out of folders.
  /// - Parameter output: a folder of results: images in it are those of an earlier call.
  func inputs(recursive: Bool, output: String? = nil) throws(CommandError) -> PredictionInputs {
    var inputs = PredictionInputs(recursive: recursive)
    inputs.results = output.flatMap { try? FileStatus($0).identity }
    for path in paths {
      if let output, let results = inputs.results, results == (try? FileStatus(path).identity) {
        throw CommandError(
          "--output \(output) is a folder of images; results need another one", kind: .usage)
      }
      inputs.add(path)
    }
    for list in filesFrom {
      let paths: [UInt8]
      do {
        // A list may come out of another program: `--files-from <(…)`.
        paths = try list == "-" ? StandardStream.input.read() : FileSystem.readStream(list)
      } catch {
        throw CommandError("--files-from \(list): cannot be read", kind: .data)
      }
      inputs.add(list: paths, separatedByNull: separatedByNull)
    }
    if !inputs.leftOut.description.isEmpty {
      Launch.say(
        "musiq-dist: left out: \(inputs.leftOut)"
          + (inputs.leftOut.folders > 0 ? "; --recursive looks into them" : ""))
    }
    return inputs
  }
}
