// musiq-dist config keys | show

import ArgumentParser
import RunConfig
import Training

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Show all settings and where their values come from.",
    subcommands: [Keys.self, Show.self])

  struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print every key with its default, type, range and purpose.",
      discussion: """
        Examples:
          musiq-dist config keys
          musiq-dist config keys --format markdown
        """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, markdown }

    @Option(help: ArgumentHelp("Lines, or tables in Markdown.", valueName: "text|markdown"))
    var format = Format.text

    func run() {
      Launch.byFirstProcess {
        let table = try RunConfiguration.table()
        Launch.output(format == .markdown ? table.markdown : table.text)
        return ExitCode.success
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the value of every key and the file, variable or option that it comes from.",
      discussion: """
        Examples:
          musiq-dist config show --config configs/demo.yaml --set run.seed=3
          musiq-dist config show --finetune
        """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Over the defaults of finetune, not those of pretrain.")
    var finetune = false

    func run() {
      Launch.byFirstProcess {
        let defaults = finetune ? RunConfiguration.fineTuning() : RunConfiguration()
        let tree = try options.resolveWithOrigins(over: defaults).tree
        Launch.output(tree.listing { $0.words })
        return ExitCode.success
      }
    }
  }
}
