// What a run is made of, put together from its configuration, data and initial model: the same for
// training and for planning. Takes no memory of the model's size and writes nothing but the index.

import DataParallel
import ImageData
import Kernels
import Labels
import MPI
import MUSIQ
import Multiscale
import Optimizers
import RunConfig
import Tensors

/// The parts of a run before it begins.
public struct RunAssembly {
  /// With everything resolved that the data decides.
  public let configuration: RunConfiguration
  /// The parameters of step 0, which fit the model.
  public let initial: InitialModel
  package let world: Communicator
  /// Ranks that the run is meant for; the launch's, unless it is only planned.
  let ranks: Int
  /// Worker threads of this rank.
  let workers: Int
  let data: TrainingData
  let task: LearningTask
  let model: MUSIQModel
  /// Arithmetic of the matrix products.
  let precision: Precision
  /// Steps of one epoch; the last batch may be smaller.
  let stepsPerEpoch: Int
  let schedule: Schedule
  let optimizer: any Optimizer
  /// Who owns which part of the flat store.
  package let partition: FlatPartition

  /// Opens the data, resolves what it decides, and checks that everything fits together.
  /// - Parameters:
  ///   - initial: only its names and shapes are looked at.
  ///   - ranks: number of ranks to plan for; the launch's if nil.
  ///   - indexDirectory: where indices are kept; nil to keep none.
  /// - Collective. Throws: errors that are the same on every rank.
  public init(
    _ configuration: RunConfiguration, from initial: InitialModel = .random, ranks: Int? = nil,
    indexDirectory: String? = nil, world: Communicator
  ) throws {
    try self.init(
      configuration, from: initial, history: nil, ranks: ranks, indexDirectory: indexDirectory,
      world: world)
  }

  /// The same for a run that may go on.
  /// - Parameter history: the checkpoint that it goes on from, whose outputs keep classes and units.
  init(
    _ configuration: RunConfiguration, from initial: InitialModel, history: RunHistory?,
    ranks: Int? = nil, indexDirectory: String?, world: Communicator
  ) throws {
    self.initial = initial
    self.world = world
    self.ranks = ranks ?? world.size
    data = try TrainingData(
      configuration.data, objective: configuration.objective,
      classes: Self.classes(configuration, history), indexDirectory: indexDirectory, world: world)
    task = try LearningTask(
      configuration, training: data.training, initial: initial, history: history?.score)
    self.configuration = task.configuration
    let parallel = task.configuration.parallel
    workers = try parallel.workerCount(world: world)
    try task.configuration.check(
      ranks: self.ranks, workers: parallel.workers > 0 ? workers : 1)
    model = MUSIQModel(task.configuration.model)
    try initial.check(model, head: task.head)
    precision = try usablePrecision(parallel.precision, world: world)
    stepsPerEpoch = data.stepsPerEpoch(globalBatchSize: parallel.globalBatchSize)
    schedule = task.configuration.schedule.schedule(
      peak: task.configuration.optimizer.learningRate, stepsPerEpoch: stepsPerEpoch)
    optimizer = task.configuration.optimizer.optimizer(layout: model.layout)
    partition = FlatPartition(count: model.layout.storageCount, parts: world.size)
  }

  /// The classes that the labels of the training set have to be places of; nil for its own.
  private static func classes(
    _ configuration: RunConfiguration, _ history: RunHistory?
  ) -> TrainingData.Classes {
    let names = configuration.model.score.names
    return TrainingData.Classes(
      configured: names.isEmpty ? nil : KnownClasses(ClassNames(names), of: "model.score.names"),
      trained: history?.classes)
  }

  /// Plans batches; balanced by the cost of this model.
  var planner: BatchPlanner {
    BatchPlanner(
      index: data.training,
      augmentation: Augmentation(
        configuration: configuration.augmentation, seed: configuration.run.seed),
      multiscale: configuration.model.multiscale,
      costModel: CostModel(ModelCost(configuration.model)),
      shardCount: configuration.parallel.gradientShards)
  }

  /// The batches in the order of the run.
  package var batches: BatchStream {
    BatchStream(
      planner: planner, seed: configuration.run.seed,
      batchSize: configuration.parallel.globalBatchSize)
  }

  /// The step of this run and its state, zeros so far. Here memory is taken.
  /// - Collective.
  package func makeStep() throws -> (step: TrainingStep, state: TrainState) {
    let reducer = try configuration.parallel.makeReducer(world: world, partition: partition)
    let state = TrainState(
      layout: model.layout, optimizer: optimizer, segment: reducer.updateSegment)
    return (try TrainingStep(self, reducer: reducer, state: state), state)
  }
}
