// The tiny model in every variant that the configuration knows: what tests of variants run over.

import MUSIQ
import Multiscale

/// A configuration with a name for test reports.
public struct ModelVariant: Sendable, CustomStringConvertible {
  public let description: String
  public let configuration: MUSIQConfiguration

  init(_ description: String, _ change: (inout MUSIQConfiguration) -> Void) {
    var configuration = MUSIQConfiguration.tiny()
    change(&configuration)
    (self.description, self.configuration) = (description, configuration)
  }

  /// Every key once away from its default, and some together.
  public static let all = [
    ModelVariant("simple convolutions") { $0.patchEncoder = .simpleConv },
    ModelVariant("linear patch encoder") { $0.patchEncoder = .linear },
    ModelVariant("fixed positions") { $0.spatialEmbedding = .fixed },
    ModelVariant("no positions") { $0.spatialEmbedding = .none },
    ModelVariant("no scale embedding") { $0.scaleEmbedding = false },
    ModelVariant("neither table") {
      ($0.spatialEmbedding, $0.scaleEmbedding) = (.none, false)
    },
    ModelVariant("square") { $0.multiscale.resize = .square },
    ModelVariant("one resized scale") {
      ($0.multiscale.longerSideLengths, $0.multiscale.includesNative) = ([24], false)
    },
    ModelVariant("native only") { $0.multiscale.longerSideLengths = [] },
    ModelVariant("luma") { $0.multiscale.channels = 1 },
    ModelVariant("alpha") { $0.multiscale.channels = 4 },
    ModelVariant("simple convolutions on patches of 10 luma pixels, grid of 5") {
      $0.patchEncoder = .simpleConv
      ($0.multiscale.patchSize, $0.multiscale.hashGrid, $0.multiscale.channels) = (10, 5, 1)
    },
    ModelVariant("linear, fixed, square, alpha, no scale embedding") {
      ($0.patchEncoder, $0.spatialEmbedding, $0.scaleEmbedding) = (.linear, .fixed, false)
      ($0.multiscale.resize, $0.multiscale.channels) = (.square, 4)
    },
  ]
}
