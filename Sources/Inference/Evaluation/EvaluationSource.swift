// Which rows of which set are evaluated, and whether that is what the user can have meant.

import Files
import ImageData
import Labels
import MPI
import RunConfig
import Tables

/// The labelled set of an evaluation, read as training reads it.
struct EvaluationSource {
  let path: String
  /// The part of the rows; nil for all.
  let split: DataSplit?
  /// Things that are probably not meant.
  let notices: [EvaluationNotice]
  private let builder: IndexBuilder
  private let cacheDirectory: String?
  /// Whether `path` is the manifest that the run of the first model divided.
  private let isDivided: Bool
  /// The classes of a classifier that is measured alone; nil for other models.
  private let classes: KnownClasses?
  private let unknownClasses: UnknownClasses

  /// `data.manifest` of the first model, or else its `data.validation`.
  ///
  /// The manifest that the run divided is divided again, and the rows that were held out are the default.
  /// Another manifest is used whole by default; `data.imageRoot`, `data.targets`, `data.split` and how
  /// columns are read describe the run's own tables, so for another one they begin at their defaults.
  /// - Collective. Throws: `EvaluationError`, the same on every rank.
  init(_ models: [StoredModel], request: EvaluationRequest, world: Communicator) throws {
    guard let model = models.first else {
      throw EvaluationError.noModels
    }
    let (stored, data) = (model.stored.data, model.configuration.data)
    let path = data.manifest.isEmpty ? data.validation : data.manifest
    let isOwn = Self.isSame(path, stored.manifest)
    let isDivided = isOwn && stored.dividesManifest && data.train.isEmpty
    // What the run validated on is read as the run read it.
    let isHeld = data.manifest.isEmpty && Self.isSame(path, stored.validation)
    let fresh = isOwn || isHeld ? data : try Self.data(of: model.stored, for: request.overrides)
    let columns = try Self.columns(of: path, world: world)
    var rules = data.split
    var notices: [EvaluationNotice] = []
    switch request.rows {
    case .automatic:
      split = isDivided || isHeld ? .validation : nil
      let hasSplit = [data.split, fresh.split].contains { columns.column($0.column) != nil }
      if !isDivided, !isHeld, hasSplit {
        notices.append(.ignoredSplit(path: path))
      } else if !isDivided, !isHeld, stored.dividesManifest {
        notices.append(
          .otherManifest(path: path, model: model.path, manifest: stored.manifest))
      }
    case .all:
      split = nil
      if isDivided { notices.append(.trainingRows(path: path)) }
    case .part(let part):
      split = part
      if !isDivided {
        rules = try Self.rules(
          [data.split, fresh.split], columns: columns, path: path, part: part,
          // The run's table may have moved: it is divided as then.
          fallback: stored.dividesManifest ? data.split : nil)
      }
    }
    for other in models.dropFirst()
    where other.stored.data.dividesManifest && Self.isSame(path, other.stored.data.manifest)
      && !(isDivided && other.stored.data.split == data.split)
    {
      notices.append(.otherDivision(path: path, model: other.path))
    }
    var builder = IndexBuilder(fresh, objective: model.configuration.objective)
    builder.splitRules = rules
    builder.splitIsOptional = isHeld && request.rows == .automatic
    (self.path, self.isDivided, self.notices, self.builder) = (path, isDivided, notices, builder)
    cacheDirectory = data.indexDirectory.isEmpty ? nil : data.indexDirectory
    classes = models.count == 1 ? model.classes : nil
    unknownClasses = data.unknownClasses
  }

  /// The index of the set; classes are labeled as the model numbers them.
  /// - Collective. Throws: `DataError`, the same on every rank.
  func open(world: Communicator) throws -> OpenedIndex {
    var builder = builder
    var classes = classes
    if isDivided {
      // The kind of the labels is that of training, and so are the classes of a model without names.
      builder.split = .train
      let training = try builder.labels(of: path, world: world)
      builder.kind = training.kind
      if let unnamed = classes, unnamed.classes.names.isEmpty, training.kind == .classes,
        training.classNames.count <= unnamed.classes.count
      {
        classes = KnownClasses(ClassNames(training.classNames), of: unnamed.owner)
      }
    }
    builder.split = split
    var opened = try builder.open(path, cacheDirectory: cacheDirectory, world: world)
    try opened.keep(world: world)
    if let classes, opened.index.kind == .classes {
      let (index, warnings) = try opened.index.relabeled(as: classes, unknown: unknownClasses)
      opened.index = index
      opened.warnings += warnings
    }
    return opened
  }

  /// The rules that fit the columns of a manifest that the run did not divide.
  private static func rules(
    _ candidates: [SplitConfiguration], columns: TableHeader, path: String, part: DataSplit,
    fallback: SplitConfiguration?
  ) throws -> SplitConfiguration {
    if let rules = candidates.first(where: { columns.column($0.column) != nil }) { return rules }
    if let fallback, fallback.column == SplitConfiguration().column,
      IndexBuilder.isManifest(path)
    {
      return fallback
    }
    throw EvaluationError.noSplitColumn(
      part: part, path: path, column: candidates.last?.column ?? "split")
  }

  /// The section `data` without what describes the run's own table, but for what is asked for now.
  private static func data(
    of stored: RunConfiguration, for overrides: [String]
  ) throws -> DataConfiguration {
    var configuration = stored
    let defaults = DataConfiguration()
    configuration.data.imageRoot = defaults.imageRoot
    configuration.data.targets = defaults.targets
    configuration.data.columns = defaults.columns
    configuration.data.classes = defaults.classes
    configuration.data.missingLabels = defaults.missingLabels
    configuration.data.split = defaults.split
    return try RunConfiguration.resolve(defaults: configuration, overrides: overrides)
      .configuration.data
  }

  /// Whether two paths name one file.
  private static func isSame(_ path: String, _ other: String) -> Bool {
    func key(_ path: String) -> PathKey {
      PathKey(FileSystem.canonical(path) ?? FilePath.absolute(path))
    }
    return !path.isEmpty && !other.isEmpty && key(path) == key(other)
  }

  /// The columns of a manifest; none for folders and index files.
  /// - Collective: rank 0 reads.
  private static func columns(of path: String, world: Communicator) throws -> TableHeader {
    var names: [String] = []
    if world.rank == 0, IndexBuilder.isManifest(path) {
      names = CommaSeparated.header(ofFile: path)?.names ?? []
    }
    return TableHeader(try world.shared(names))
  }
}
