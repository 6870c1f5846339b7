// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.onnx.schema.OnnxProto.StringStringEntryProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto.DataType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Reads the tensors of a model: from the bytes or the numbers in it, or from a file beside it,
 * which must lie in the model's folder. Declared sizes are held against what is there before memory
 * is taken.
 */
final class Tensors {
  private final Path model;
  private final Budget budget;
  private final Set<Path> granted = new HashSet<>();

  Tensors(Path model, Budget budget) {
    this.model = model;
    this.budget = budget;
  }

  /**
   * Reads a tensor.
   *
   * @throws ImportFault if it is not as it says
   */
  Constant read(TensorProto tensor) {
    String name = tensor.getName();
    try {
      return decode(tensor);
    } catch (ImportFault e) {
      throw name.isEmpty() ? e : new ImportFault("tensor '" + name + "': " + e.getMessage());
    }
  }

  private Constant decode(TensorProto tensor) {
    int[] dims = new int[tensor.getDimsCount()];
    for (int i = 0; i < dims.length; i++) {
      long dim = tensor.getDims(i);
      if (dim < 0 || dim > Integer.MAX_VALUE) {
        throw new ImportFault("a dimension is " + dim);
      }
      dims[i] = (int) dim;
    }
    int count = Dims.size(dims);
    DataType type = known(tensor.getDataType());
    int width = width(type);
    if (tensor.hasSegment()) {
      throw new ImportFault("it is a segment of another one, which is not supported");
    }
    ByteBuffer bytes = null;
    if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      bytes = external(tensor, (long) count * width);
    } else if (tensor.hasRawData()) {
      bytes = tensor.getRawData().asReadOnlyByteBuffer().slice(); // a part of the file
    }
    if (bytes == null) {
      return ofNumbers(tensor, type, dims, count);
    }
    if (bytes.remaining() != (long) count * width) {
      throw new ImportFault(
          "it has "
              + bytes.remaining()
              + " bytes, expected "
              + (long) count * width
              + " for "
              + type
              + " "
              + Arrays.toString(dims));
    }
    budget.take(count);
    return ofBytes(bytes.order(ByteOrder.LITTLE_ENDIAN), type, dims, count, tensor.getName());
  }

  /** Bytes of an element. */
  private static int width(DataType type) {
    return switch (type) {
      case BOOL, INT8, UINT8 -> 1;
      case BFLOAT16, FLOAT16, INT16, UINT16 -> 2;
      case FLOAT, INT32, UINT32 -> 4;
      case DOUBLE, INT64, UINT64 -> 8;
      default -> throw unsupported(type.name());
    };
  }

  /**
   * What elements of a type of the file become.
   *
   * @throws ImportFault if the type is not supported
   */
  static Type type(int number) {
    return type(known(number));
  }

  private static DataType known(int number) {
    DataType type = DataType.forNumber(number);
    if (type == null) {
      throw unsupported("" + number);
    }
    return type;
  }

  private static Type type(DataType type) {
    return switch (type) {
      case BOOL -> Type.BOOL;
      case INT8 -> Type.INT8;
      case UINT8 -> Type.UINT8;
      case BFLOAT16, DOUBLE, FLOAT, FLOAT16 -> Type.FLOAT;
      case INT16, INT32, INT64, UINT16, UINT32, UINT64 -> Type.INT;
      default -> throw unsupported(type.name());
    };
  }

  private static ImportFault unsupported(String type) {
    return new ImportFault("its elements are of type " + type + ", which is not supported");
  }

  private static Constant ofBytes(
      ByteBuffer bytes, DataType type, int[] dims, int count, String name) {
    if (type(type) == Type.FLOAT) {
      float[] reals =
          switch (type) {
            case FLOAT -> new float[count];
            case DOUBLE -> Constant.reals(count, i -> bytes.getDouble(8 * i));
            case FLOAT16 -> Constant.reals(count, i -> Float.float16ToFloat(bytes.getShort(2 * i)));
            default ->
                Constant.reals(count, i -> Float.intBitsToFloat(bytes.getShort(2 * i) << 16));
          };
      if (type == DataType.FLOAT) {
        bytes.asFloatBuffer().get(reals);
      }
      return new Constant(Type.FLOAT, dims, reals, null, name);
    }
    long[] wholes = new long[count];
    switch (type) {
      case BOOL -> Arrays.setAll(wholes, i -> bytes.get(i) != 0 ? 1 : 0);
      case INT8 -> Arrays.setAll(wholes, bytes::get);
      case UINT8 -> Arrays.setAll(wholes, i -> bytes.get(i) & 0xff);
      case INT16 -> Arrays.setAll(wholes, i -> bytes.getShort(2 * i));
      case UINT16 -> Arrays.setAll(wholes, i -> bytes.getShort(2 * i) & 0xffff);
      case INT32 -> Arrays.setAll(wholes, i -> bytes.getInt(4 * i));
      case UINT32 -> Arrays.setAll(wholes, i -> bytes.getInt(4 * i) & 0xffffffffL);
      default -> bytes.asLongBuffer().get(wholes);
    }
    return new Constant(type(type), dims, null, wholes, name);
  }

  private Constant ofNumbers(TensorProto tensor, DataType type, int[] dims, int count) {
    int found =
        switch (type) {
          case FLOAT -> tensor.getFloatDataCount();
          case DOUBLE -> tensor.getDoubleDataCount();
          case INT64 -> tensor.getInt64DataCount();
          case UINT32, UINT64 -> tensor.getUint64DataCount();
          default -> tensor.getInt32DataCount();
        };
    if (found != count) {
      throw new ImportFault(
          "it has " + found + " numbers, expected " + count + " for " + Arrays.toString(dims));
    }
    budget.take(count);
    String name = tensor.getName();
    if (type(type) == Type.FLOAT) {
      float[] reals =
          switch (type) {
            case FLOAT -> Constant.reals(count, tensor::getFloatData);
            case DOUBLE -> Constant.reals(count, tensor::getDoubleData);
            case FLOAT16 ->
                Constant.reals(count, i -> Float.float16ToFloat((short) tensor.getInt32Data(i)));
            default ->
                Constant.reals(count, i -> Float.intBitsToFloat(tensor.getInt32Data(i) << 16));
          };
      return new Constant(Type.FLOAT, dims, reals, null, name);
    }
    long[] wholes = new long[count];
    switch (type) {
      case INT64 -> Arrays.setAll(wholes, tensor::getInt64Data);
      case UINT32, UINT64 -> Arrays.setAll(wholes, tensor::getUint64Data);
      default -> Arrays.setAll(wholes, tensor::getInt32Data);
    }
    return new Constant(type(type), dims, null, wholes, name);
  }

  /** Bytes of a file beside the model. */
  private ByteBuffer external(TensorProto tensor, long length) {
    Map<String, String> entries = new HashMap<>();
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      entries.put(entry.getKey(), entry.getValue());
    }
    String location = entries.getOrDefault("location", "");
    try {
      Path file = inFolder(location);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        long size = channel.size();
        long offset = Long.parseLong(entries.getOrDefault("offset", "0"));
        long stated = Long.parseLong(entries.getOrDefault("length", "" + length));
        if (stated != length
            || offset < 0
            || offset > size - length
            || length > Integer.MAX_VALUE) {
          throw new ImportFault(
              "it is said to have %d bytes at %d of '%s', expected %d, and the file has %d"
                  .formatted(stated, offset, location, length, size));
        }
        if (granted.add(file)) {
          budget.grant(size);
        }
        budget.take(length);
        ByteBuffer bytes = ByteBuffer.allocate((int) length);
        while (bytes.hasRemaining()) {
          if (channel.read(bytes, offset + bytes.position()) < 0) {
            throw new ImportFault("'" + location + "' ends too early");
          }
        }
        return bytes.flip();
      }
    } catch (NumberFormatException e) {
      throw new ImportFault("its offset or length in '" + location + "' is no number");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A file in the folder of the model, or in one below; links count as what they lead to.
   *
   * @throws ImportFault if it is elsewhere or not a plain file
   */
  private Path inFolder(String location) throws IOException {
    Path folder = model.toAbsolutePath().getParent().toRealPath();
    try {
      Path relative = Path.of(location);
      boolean climbs = false;
      for (Path part : relative) {
        climbs |= part.toString().equals("..");
      }
      Path file = folder.resolve(relative);
      if (location.isEmpty() || relative.isAbsolute() || climbs) {
        throw new ImportFault("its data is in '" + location + "', outside of the model's folder");
      }
      if (!Files.exists(file)) {
        throw new ImportFault("its data is in '" + location + "', which is not beside the model");
      }
      Path real = file.toRealPath();
      if (!real.startsWith(folder) || !Files.isRegularFile(real)) {
        throw new ImportFault("its data is in '" + location + "', outside of the model's folder");
      }
      return real;
    } catch (InvalidPathException e) {
      throw new ImportFault("its data is in '" + location + "', which is no path");
    }
  }
}
