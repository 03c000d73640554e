import ECGNetwork
