import ArgumentParser
import ECG

@main
struct Ecgid: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ecgid",
    abstract: "Recognises people by their heartbeat: prepares recordings, trains networks, evaluates them honestly.",
    discussion: """
      The way from recordings to a person:

        ecgid prepare recordings/ -o beats.h5
        ecgid train beats.h5 --network lenet5 --protocol last-recording -o model.h5
        ecgid evaluate model.h5 beats.h5
        ecgid identify model.h5 recording.hea

      A device needs model.h5 and libecg alone.
      """,
    version: libraryVersion,
    subcommands: [
      Records.self, Prepare.self, Train.self, Evaluate.self, Identify.self, Info.self, Import.self, Export.self,
      Peaks.self, Convert.self,
    ])
}
