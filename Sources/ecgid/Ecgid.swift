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

      People whom a model was not trained on are enrolled:

        ecgid calibrate model.h5 others.h5 --false-acceptance-rate 0.01 -o calibrated.h5
        ecgid enrol --gallery people.gallery --person Ada calibrated.h5 ada.hea
        ecgid identify --gallery people.gallery calibrated.h5 recording.hea

      A device needs model.h5 and libecg alone.
      """,
    version: libraryVersion,
    subcommands: [
      Records.self, Prepare.self, Train.self, Evaluate.self, Identify.self, Calibrate.self, Enrol.self, Verify.self,
      Galleries.self, Info.self, Import.self, Export.self,
      Peaks.self, Convert.self,
    ])
}
