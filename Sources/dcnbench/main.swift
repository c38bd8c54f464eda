print("dcnbench")
