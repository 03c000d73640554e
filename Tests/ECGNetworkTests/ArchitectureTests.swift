import ECGArchitectures
import ECGNetwork
import Testing

@Suite struct ArchitectureTests {
  @Test func everyArchitectureIsFoundByItsName() throws {
    for architecture in Architecture.all {
      #expect(Architecture.named(architecture.name)?.name == architecture.name)
      #expect(architecture.network(people: 3).name == architecture.name)
      #expect(!architecture.summary.isEmpty)
    }
    #expect(Set(Architecture.all.map(\.name)).count == Architecture.all.count)
    #expect(Architecture.named("LeNet5") == nil)
    #expect(Architecture.named("") == nil)
  }

  @Test func everyArchitectureTakesItsInputAndNamesEveryPerson() throws {
    for architecture in Architecture.all {
      for people in [2, 3, 90, 1145] {
        let network = architecture.network(people: people, beatLength: 180)
        #expect(architecture.input == .beat ? network.input.count == 180 : network.input == .image(64, 64, channels: 1))
        if architecture.input == .image {
          let spectrogram = architecture.network(people: people, image: (26, 26))
          #expect(spectrogram.input == .image(26, 26, channels: 1))
          #expect(try spectrogram.shapes.last == .features(people))
        }
        #expect(try network.shapes.last == .features(people))
        #expect(network.layers.last?.activation == .softmax)
      }
    }
  }

  @Test func namesAreThoseOfKeras() {
    #expect(
      lenet5(people: 5).layerNames == [
        "conv2d", "max_pooling2d", "conv2d_1", "max_pooling2d_1", "flatten", "dense", "dense_1", "dense_2",
      ])
    #expect(
      cnn1d(people: 5).layerNames == [
        "conv1d", "max_pooling1d", "conv1d_1", "max_pooling1d_1", "conv1d_2", "max_pooling1d_2", "conv1d_3", "flatten",
        "dropout", "dense", "dense_1",
      ])
  }

  @Test func layersHaveTheirStrideAndPadding() throws {
    var network = NetworkDescription(name: "n", input: .image(9, 8, channels: 2))
    network.convolution(filters: 4, window: (3, 2), stride: (2, 3), padding: .same)
    network.maxPooling(window: (2, 2), stride: (1, 1), padding: .same)
    network.activation(.tanh)
    network.flatten()
    network.dense(units: 6, l2: 0.5)
    network.activation(.softmax)
    #expect(
      try network.shapes == [
        .image(5, 3, channels: 4), .image(5, 3, channels: 4), .image(5, 3, channels: 4), .features(60), .features(6),
        .features(6),
      ])
    #expect(network.layerNames.suffix(1) == ["activation_1"])

    var steps = NetworkDescription(name: "n", input: .steps(20, channels: 2))
    steps.convolution(filters: 4, window: 5, stride: 3)
    steps.maxPooling(window: 3, stride: 2)
    #expect(try steps.shapes == [.steps(6, channels: 4), .steps(2, channels: 4)])

    var impossible = NetworkDescription(name: "n", input: .steps(20, channels: 2))
    impossible.convolution(filters: .max, window: .max)
    #expect(throws: InvalidNetwork.self) { try impossible.check() }
  }
}
