print("musiq-dist")
