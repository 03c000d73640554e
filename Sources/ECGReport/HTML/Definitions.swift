extension HTMLReport {
  /// What every figure means.
  var definitions: Markup {
    let entries = [
      (
        "TP, FP, FN, TN",
        "of one person against all others: rightly named, others taken for them, missed, rightly not named"
      ),
      ("recall, sensitivity", "TP / (TP + FN): the share of a person's beats that is named rightly"),
      ("precision, positive predictive value", "TP / (TP + FP): when this person is named, how often that is right"),
      ("F1", "2 TP / (2 TP + FP + FN): the harmonic mean of both"),
      ("specificity", "TN / (TN + FP)"),
      ("NPV, negative predictive value", "TN / (TN + FN)"),
      ("fall-out", "FP / (FP + TN)"),
      ("FDR, false discovery rate", "FP / (FP + TP)"),
      ("–", "undefined: the denominator is 0; such people are left out of means"),
      (
        "cross-entropy",
        "mean of −ln of the true person's probability; ln of the number of people is what guessing gives"
      ),
      (
        "calibration error",
        "mean over ten bins of |stated probability − share right|, weighted by beats (Naeini et al. 2015)"
      ),
      ("Brier score", "mean over beats of Σ over people of (probability − truth)²"),
      (
        "local outlier factor",
        "Breunig et al. 2000: near 1 among known beats, larger outside; equal to scikit-learn's with novelty=True"
      ),
      ("AUROC", "the probability that a stranger scores higher than a known person, ties counting half"),
      (
        "intervals",
        "Wilson's, 95 %, with as many independent answers as the answers of these people are worth, given how much people differ"
      ),
    ]
    return section(
      "What the words mean",
      element(
        "dl", [:],
        entries.map { element("dt", [:], Markup($0)) + element("dd", [:], Markup($1)) }.joined))
  }
}
