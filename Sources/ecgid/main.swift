print("ecgid")
