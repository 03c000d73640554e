import ECGCore
