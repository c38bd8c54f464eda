import Toolkit

let network = try Network(path: CommandLine.arguments[1])
let result = try network.run(picturePath: CommandLine.arguments[2])
for detection in result.detections where detection.score > 0.3 {
  print(detection.className, detection.score, detection.box.corners)
}
